package live

import (
	"context"
	"testing"
	"testing/synctest"
)

// TestNoPlaceForAContextThatHasEnded: a caller with a context that has ended gets no place, free or
// handed on, and none is lost.
func TestNoPlaceForAContextThatHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetches := &semaphore{free: 1}
		ended, end := context.WithCancel(t.Context())
		end()
		for name, story := range map[string]struct {
			run   func(end func())
			given bool // perhaps: it depends on who is faster
		}{
			"it ends first": {run: func(end func()) { end(); fetches.release() }},
			"it has left":   {run: func(end func()) { end(); synctest.Wait(); fetches.release() }},
			"it ends last":  {run: func(end func()) { fetches.release(); end() }, given: true},
		} {
			if err := fetches.acquire(ended, private); err == nil {
				t.Fatal("an ended context was given a free turn")
			}
			if err := fetches.acquire(t.Context(), loading); err != nil {
				t.Fatalf("%s: the turn that was refused is lost: %v", name, err)
			}
			ctx, end := context.WithCancel(t.Context())
			waited := make(chan error)
			go func() { waited <- fetches.acquire(ctx, shared) }()
			synctest.Wait()
			story.run(end)
			switch err := <-waited; {
			case err == nil && !story.given:
				t.Errorf("%s: an ended context was given the turn of another", name)
			case err == nil:
				fetches.release()
			}
			if fetches.free != 1 {
				t.Fatalf("%s: %d free turns, want 1", name, fetches.free)
			}
		}
	})
}
