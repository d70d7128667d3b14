package sse_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// TestDeliver: a message for an idle stream is written by the goroutine that acquired it, whole and in one write, and the
// source is not asked; what the source has to say goes on as ever.
func TestDeliver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		asked, own := 0, page("own", "of the source")
		src := newScript(nil)
		src.next = func(context.Context) (sse.Message, bool, error) {
			asked++
			return own, asked == 2, nil
		}
		s := serveMemory(ctx, t, src, sse.Config{})
		for _, id := range []string{"1", "2"} {
			if !deliver(s.Stream, page(id, "a\nb")) {
				t.Error("an idle stream was not acquired")
			}
		}
		for range 2 { // nothing to say
			if m := s.Message; !s.TryAcquire() || m != nil || len(s.Message.ID) != 0 || len(s.Message.Data) != 0 || s.Message.Retry != 0 {
				t.Errorf("acquired %+v after %+v", s.Message, m)
			}
			s.Release()
		}
		if asked != 1 {
			t.Errorf("the source was asked %d times", asked)
		}
		src.signal()
		synctest.Wait()
		deliver(s.Stream, page("3", strings.Repeat("x", 40<<10)))
		deliver(s.Stream, sse.Message{Retry: time.Second, Data: [][]byte{sse.Encode([]byte("a")), sse.Encode([]byte("b"))}})
		deliver(s.Stream, sse.Message{Data: [][]byte{sse.Encode([]byte("c"))}}) // nothing is left of what came before
		want := []flush{
			{"", 0},
			{"id: 1\ndata: a\ndata: b\n\n", 1},
			{"id: 2\ndata: a\ndata: b\n\n", 1},
			{"id: own\ndata: of the source\n\n", 1},
			{"id: 3\ndata: " + strings.Repeat("x", 40<<10) + "\n\n", 2},
			{"retry: 1000\ndata: a\ndata: b\n\n", 1},
			{"data: c\n\n", 1},
		}
		if !slices.Equal(s.w.flushed, want) {
			t.Errorf("got %.300v\nwant %.300v", s.w.flushed, want)
		}
		cancel()
		if err := <-s.ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		refuses(t, s.Stream, "it is over")
	})
}

// TestDeliverEnds: a delivery may end the stream, with or without a last message, or fail; Serve returns why, at once.
func TestDeliverEnds(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		message sse.Message
		end     func(s *sse.Stream)
		fail    error // of the writer
		want    error
		text    string
	}{
		"with a last word":      {message: page("bye", "x"), end: func(s *sse.Stream) { s.Send(); s.End(nil) }, text: "id: bye\ndata: x\n\n"},
		"without one":           {end: func(s *sse.Stream) { s.End(nil) }},
		"with an error":         {message: page("no", "x"), end: func(s *sse.Stream) { s.End(broken) }, want: broken},
		"with two errors":       {message: page("no", "x"), fail: broken, end: func(s *sse.Stream) { s.Send(); s.End(io.ErrUnexpectedEOF) }, want: broken},
		"with an invalid one":   {message: sse.Message{ID: []byte("\n")}, end: (*sse.Stream).Send, want: sse.ErrInvalid},
		"by a write that fails": {message: page("1", "x"), fail: broken, end: (*sse.Stream).Send, want: broken},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serveMemory(t.Context(), t, silent(), sse.Config{})
				s.w.fail = c.fail
				began := time.Now()
				s.TryAcquire()
				*s.Message = c.message
				c.end(s.Stream)
				s.Release()
				refuses(t, s.Stream, "it ends, though Serve may not have seen that")
				if err := <-s.ended; !errors.Is(err, c.want) {
					t.Errorf("ended with %v, want %v", err, c.want)
				}
				if after := time.Since(began); after != 0 {
					t.Errorf("ended after %v: Serve was not woken", after)
				}
				if got := s.w.text(); got != c.text {
					t.Errorf("sent %q, want %q", got, c.text)
				}
				refuses(t, s.Stream, "it is over")
			})
		})
	}
}

// panicking is a writer that panics in the middle of a message.
type panicking struct{ *memory }

func (panicking) Write([]byte) (int, error) { panic("in the writer") }

// holder embeds the stream, as an adapter does.
type holder struct{ *sse.Stream }

// TestDeliverPanics: a panic between TryAcquire and Release ends the stream and nothing else, wherever it came from.
func TestDeliverPanics(t *testing.T) {
	for name, release := range map[string]func(s *sse.Stream) interface{ Release() }{
		"direct":   func(s *sse.Stream) interface{ Release() } { return s },
		"embedded": func(s *sse.Stream) interface{ Release() } { return holder{s} },
	} {
		for where, do := range map[string]func(s *sse.Stream, m *sse.Message){
			"before the message":    func(*sse.Stream, *sse.Message) { panic("in the caller") },
			"amid the message":      func(_ *sse.Stream, m *sse.Message) { m.ID = append(m.ID, "x"...); panic("in the caller") },
			"as it is written":      func(s *sse.Stream, m *sse.Message) { m.ID = append(m.ID, "x"...); s.Send() },
			"after it said the end": func(s *sse.Stream, _ *sse.Message) { s.End(nil); panic("in the caller") },
		} {
			t.Run(name+", "+where, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, ended := serveTo(t.Context(), t, panicking{newMemory()}, silent(), sse.Config{})
					began := time.Now()
					func() {
						s.TryAcquire()
						defer release(s).Release()
						do(s, s.Message)
					}()
					refuses(t, s, "it has panicked")
					err := <-ended
					if !errors.Is(err, sse.ErrPanic) || !strings.Contains(err.Error(), "panic: in the") || !strings.Contains(err.Error(), "TestDeliverPanics") {
						t.Errorf("ended with %v, want the panic and its stack", err)
					}
					if after := time.Since(began); after != 0 {
						t.Errorf("ended after %v: Serve was not woken", after)
					}
				})
			})
		}
	}
}

// TestDeliverNotYet: not before the stream waits for the first time, nor while it composes.
func TestDeliverNotYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *sse.Stream
		answered := make(chan struct{})
		src := newScript(func(context.Context) (sse.Message, bool, error) {
			refuses(t, s, "it composes")
			select {
			case <-answered:
				return sse.Message{}, false, io.EOF
			default:
				close(answered)
				return page("1", "x"), true, nil
			}
		})
		var err error
		w := newMemory()
		if s, err = sse.New(w, httptest.NewRequest(http.MethodGet, "/", nil), src, sse.Config{}); err != nil {
			t.Fatal(err)
		}
		refuses(t, s, "it was not opened")
		if err := s.Serve(); err != nil || w.text() != "id: 1\ndata: x\n\n" {
			t.Errorf("sent %q, %v", w.text(), err)
		}
	})
}

// TestDeliverTwoAtOnce: a stream that was acquired is not acquired again before its release, and is then.
func TestDeliverTwoAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := serveMemory(ctx, t, silent(), sse.Config{})
		if !s.TryAcquire() {
			t.Fatal("an idle stream was not acquired")
		}
		refuses(t, s.Stream, "another holds it")
		s.Release()
		if !deliver(s.Stream, page("1", "x")) {
			t.Error("a stream that was released was not acquired")
		}
		cancel()
		<-s.ended //nolint:errcheck // cancelled
	})
}

// TestDeliverKeepsTime: what is delivered puts off the heartbeat, and an old stream is not acquired.
func TestDeliverKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := serveMemory(t.Context(), t, silent(), exact(sse.Config{Heartbeat: 20 * time.Second, MaxAge: time.Minute}))
		for range 5 {
			time.Sleep(10 * time.Second)
			if !deliver(s.Stream, page("x", "y")) {
				t.Error("was not acquired")
			}
		}
		if err := <-s.ended; err != nil || time.Since(start) != time.Minute {
			t.Errorf("ended after %v: %v", time.Since(start), err)
		}
		if got := s.w.text(); got != strings.Repeat("id: x\ndata: y\n\n", 5) {
			t.Errorf("sent %q: heartbeats are for silence", got)
		}
	})
}

// TestDeliverLeavesTheCallersMemory: a caller that assigns slices instead of appending to them keeps them to itself, and
// no other stream sees their bytes.
func TestDeliverLeavesTheCallersMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		a, b := serveMemory(ctx, t, silent(), sse.Config{}), serveMemory(ctx, t, silent(), sse.Config{})
		mine := page("mine", "x")
		for range 3 {
			a.TryAcquire()
			*a.Message = mine
			a.Send()
			a.Release()
			deliver(b.Stream, page("other", "y"))
		}
		cancel()
		synctest.Wait()
		if got, want := a.w.text(), strings.Repeat("id: mine\ndata: x\n\n", 3); got != want {
			t.Errorf("sent %q", got)
		}
		if string(mine.ID) != "mine" || string(mine.Data[0]) != "data: x\n" {
			t.Errorf("the caller's message is now %q", mine)
		}
	})
}
