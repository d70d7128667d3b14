package sse_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// BenchmarkMessage is what one message costs without its system call: the whole stream, beside a loop that writes the
// same prepared bytes under a deadline. The difference is the price of r3labs and of this package together.
func BenchmarkMessage(b *testing.B) {
	for _, size := range []int{512, 4 << 10, 64 << 10} {
		data := [][]byte{sse.Encode([]byte(strings.Repeat("x", size)))}
		b.Run(fmt.Sprintf("sse/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			src := newScript(func(context.Context) (sse.Message, bool, error) {
				if !b.Loop() {
					return sse.Message{}, false, io.EOF
				}
				return sse.Message{ID: []byte("v1"), Data: data}, true, nil
			})
			if err := sse.Serve(nothing{newMemory()}, httptest.NewRequest("GET", "/", nil), src, sse.Config{}); err != nil {
				b.Fatal(err)
			}
		})
		b.Run(fmt.Sprintf("loop/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			w := nothing{newMemory()}
			control := http.NewResponseController(w)
			message := append(append([]byte("id: v1\n"), data[0]...), '\n')
			for b.Loop() {
				_ = control.SetWriteDeadline(time.Now().Add(10 * time.Second))
				_, _ = w.Write(message)
				_ = control.Flush()
			}
		})
	}
}

// BenchmarkDeliver is what one straight delivery costs without its system call, to ten thousand streams in turn: too many
// for the processor's caches, as on a busy server.
func BenchmarkDeliver(b *testing.B) {
	const streams = 10_000
	message := page("v1", strings.Repeat("x", 512))
	ctx, cancel := context.WithCancel(b.Context())
	var ended sync.WaitGroup
	all := make([]*sse.Stream, streams)
	for i := range all {
		s, err := sse.New(nothing{newMemory()}, httptest.NewRequest("GET", "/", nil).WithContext(ctx), silent(), sse.Config{Heartbeat: time.Hour})
		if err != nil {
			b.Fatal(err)
		}
		all[i] = s
		ended.Go(func() { _ = s.Serve() })
	}
	for _, s := range all {
		for range 100 { // one that was slow stays so
			if deliver(s, message) {
				break
			}
			runtime.Gosched()
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		deliver(all[i%streams], message)
	}
	cancel()
	ended.Wait()
}

// BenchmarkWake is what one message costs that wakes the request goroutine.
func BenchmarkWake(b *testing.B) {
	asked := make(chan struct{})
	ctx, cancel := context.WithCancel(b.Context())
	message, send := page("v1", strings.Repeat("x", 512)), true
	src := newScript(nil)
	src.next = func(context.Context) (sse.Message, bool, error) {
		if send = !send; !send {
			return message, true, nil
		}
		asked <- struct{}{}
		return sse.Message{}, false, nil
	}
	var ended sync.WaitGroup
	ended.Go(func() {
		_ = sse.Serve(nothing{newMemory()}, httptest.NewRequest("GET", "/", nil).WithContext(ctx), src, sse.Config{})
	})
	<-asked
	b.ReportAllocs()
	for b.Loop() {
		src.signal()
		<-asked
	}
	cancel()
	ended.Wait()
}
