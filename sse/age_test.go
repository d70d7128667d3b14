package sse_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// TestAge: an idle stream ends at its age, and so does one with a source that never pauses, between messages.
func TestAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		idle, busy := newMemory(), newMemory()
		start := time.Now()
		if err := sse.Serve(idle, httptest.NewRequest("GET", "/", nil), silent(), exact(sse.Config{Heartbeat: -1, MaxAge: time.Hour})); err != nil {
			t.Error(err)
		}
		if got := time.Since(start); got != time.Hour || idle.text() != heartbeat(0) {
			t.Errorf("lasted %v and sent %q", got, idle.text())
		}

		never := newScript(func(context.Context) (sse.Message, bool, error) {
			time.Sleep(time.Second)
			return page("x", "busy"), true, nil
		})
		if err := sse.Serve(busy, httptest.NewRequest("GET", "/", nil), never, exact(sse.Config{MaxAge: time.Minute})); err != nil {
			t.Error(err)
		}
		if n := len(read([]byte(busy.text())).events); n < 59 || n > 61 {
			t.Errorf("a source that never pauses sent %d messages in a minute", n)
		}
	})
}

// TestJitter: ages and retries of many streams spread over a tenth in both directions, heartbeats never come late.
func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ages := map[time.Duration]bool{}
		for range 50 {
			w := newMemory()
			start := time.Now()
			if err := sse.Serve(w, httptest.NewRequest("GET", "/", nil), silent(), sse.Config{Retry: 10 * time.Second}); err != nil {
				t.Fatal(err)
			}
			age := time.Since(start)
			ages[age] = true
			if age < 9*time.Minute || age > 11*time.Minute {
				t.Errorf("age %v", age)
			}
			if retry := read([]byte(w.text())).retry; retry < 9000 || retry > 11000 {
				t.Errorf("retry %d", retry)
			}
			if beats := len(w.flushed) - 1; beats < int(age/(15*time.Second)) {
				t.Errorf("%d heartbeats in %v", beats, age)
			}
		}
		if len(ages) < 45 {
			t.Errorf("only %d different ages", len(ages))
		}
	})
}
