package sse_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// nothing is a ResponseWriter that costs nothing.
type nothing struct{ *memory }

func (nothing) Write(p []byte) (int, error) { return len(p), nil }
func (nothing) FlushError() error           { return nil }

// TestAllocation: what a message of the source allocates within a cycle does not grow with it, but for the 24 bytes that
// r3labs needs for each 32 KB.
func TestAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools forget on purpose")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection would empty the pools
	const messages = 1000                            // what each processor allocates once must not count
	for _, size := range []int{100, 10_000, 1 << 20} {
		data := [][]byte{sse.Encode([]byte(strings.Repeat("x", size)))}
		var before, after runtime.MemStats
		n := 0
		src := newScript(func(context.Context) (sse.Message, bool, error) {
			switch n++; n {
			case 100:
				runtime.ReadMemStats(&before)
			case 100 + messages:
				runtime.ReadMemStats(&after)
				return sse.Message{}, false, io.EOF
			}
			return sse.Message{ID: []byte("x"), Data: data}, true, nil
		})
		if err := sse.Serve(nothing{newMemory()}, httptest.NewRequest("GET", "/", nil), src, sse.Config{}); err != nil {
			t.Fatal(err)
		}
		pieces := 1 + size/(32<<10-16)
		bytes, allocations := (after.TotalAlloc-before.TotalAlloc)/messages, (after.Mallocs-before.Mallocs)/messages
		if bytes > uint64(300*pieces) || allocations > uint64(4*pieces) {
			t.Errorf("%d bytes of HTML: %d bytes in %d allocations per message, %d writes", size, bytes, allocations, pieces)
		}
	}
}

// blocked is the ResponseWriter of a browser that does not read until released.
type blocked struct {
	*memory
	reached *sync.WaitGroup
	once    *sync.Once
	release chan struct{}
}

func (w blocked) Write(p []byte) (int, error) {
	w.once.Do(w.reached.Done)
	<-w.release
	return len(p), nil
}
func (blocked) FlushError() error { return nil }

func heap() int {
	runtime.GC()
	runtime.GC() // the first only moves what the pools hold aside
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// settled returns how many bytes each of n streams holds more than before. It looks until that is at most limit, since
// goroutines that have something to let go of may be waiting for a processor; for 20 seconds at most.
func settled(before, n, limit int) int {
	for start := time.Now(); ; runtime.Gosched() {
		if each := (heap() - before) / n; each <= limit || time.Since(start) > 20*time.Second {
			return each
		}
	}
}

// TestStalledMemory: a stalled stream holds the piece that is on its way and its copy in fmt, whatever the message
// weighs; an idle one holds no buffer.
func TestStalledMemory(t *testing.T) {
	const streams = 100
	for _, size := range []int{1 << 20, 8 << 20} {
		message := page("x", strings.Repeat("x", size))
		release := make(chan struct{})
		var reached, ended sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		before := heap()
		idle := make(chan struct{}, streams)
		for range streams {
			sent := false
			src := newScript(func(context.Context) (sse.Message, bool, error) {
				if sent {
					idle <- struct{}{}
					return sse.Message{}, false, nil
				}
				sent = true
				return message, true, nil
			})
			reached.Add(1)
			ended.Go(func() {
				w := blocked{memory: newMemory(), reached: &reached, once: new(sync.Once), release: release}
				_ = sse.Serve(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx), src, sse.Config{})
			})
		}
		reached.Wait()
		if each := settled(before, streams, 100<<10); each > 100<<10 {
			t.Errorf("%d MB: a stalled stream holds %d KB", size>>20, each>>10)
		}
		close(release)
		for range streams {
			<-idle
		}
		if each := settled(before, streams, 12<<10); each > 12<<10 {
			t.Errorf("%d MB: an idle stream holds %d KB", size>>20, each>>10)
		}
		cancel()
		ended.Wait()
	}
}

// TestDeliverAllocation: a delivery allocates nothing, whatever it weighs.
func TestDeliverAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools forget on purpose")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection would empty the pools
	for _, size := range []int{100, 10_000, 1 << 20} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		s, err := sse.New(nothing{newMemory()}, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), silent(), sse.Config{})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_ = s.Serve()
			close(ended)
		}()
		message := sse.Message{ID: []byte("x"), Data: [][]byte{sse.Encode([]byte(strings.Repeat("x", size)))}}
		for !deliver(s, message) {
			runtime.Gosched()
		}
		if got := testing.AllocsPerRun(100, func() { deliver(s, message) }); got > 0 {
			t.Errorf("%d bytes: %v allocations", size, got)
		}
		cancel()
		<-ended
	}
}
