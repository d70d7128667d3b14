package sse_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/htmxlive/htmxlive/sse"
)

// TestDeliverFromManySides: deliveries and the source's own messages never mix, and none is lost.
func TestDeliverFromManySides(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			const each = 200
			var own, taken atomic.Int64
			src := newScript(nil)
			src.next = func(context.Context) (sse.Message, bool, error) {
				if n := own.Add(1); n%2 == 0 {
					return sse.Message{}, false, nil
				}
				return page("own", "a\nb"), true, nil
			}
			var s *sse.Stream
			opened := make(chan struct{})
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var err error
				if s, err = sse.New(w, r, src, sse.Config{}); err != nil {
					t.Error(err)
				}
				close(opened)
				_ = s.Serve()
			}))
			server.Config.Protocols = protocol
			server.Start()
			defer server.Close()
			client := &http.Client{Transport: &http.Transport{Protocols: protocol}}
			defer client.CloseIdleConnections()
			response, err := client.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			<-opened
			received := make(chan []byte)
			go func() {
				b, _ := io.ReadAll(response.Body)
				received <- b
			}()
			var delivering sync.WaitGroup
			for range 4 {
				delivering.Go(func() {
					for range each {
						if deliver(s, page("delivered", "c\nd")) {
							taken.Add(1)
						} else {
							src.signal()
							runtime.Gosched()
						}
					}
				})
			}
			delivering.Wait()
			for !s.TryAcquire() {
				runtime.Gosched()
			}
			s.Message.ID = append(s.Message.ID, "last"...)
			s.Send()
			s.End(nil)
			s.Release()
			counts := map[string]int64{}
			for _, e := range read(<-received).events {
				counts[e.LastID+":"+e.Data]++
			}
			if counts["delivered:c\nd"] != taken.Load() {
				t.Errorf("%d messages were delivered, and the browser got %d", taken.Load(), counts["delivered:c\nd"])
			}
			if got := counts["own:a\nb"]; got == 0 || got < own.Load()/2-1 {
				t.Errorf("the source said %d, and the browser got %d", own.Load()/2, got)
			}
			delete(counts, "delivered:c\nd")
			delete(counts, "own:a\nb")
			delete(counts, "last:")
			if len(counts) > 0 {
				t.Errorf("also got %v", counts)
			}
		})
	}
}
