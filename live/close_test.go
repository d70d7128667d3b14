package live_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestCloseDrainsInBatchesAndReturnsWhenAllHaveLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		random := 0.0
		k := live.NewKeeper(live.Config{Rand: func() float64 { // 0, 0.01, … over and over
			random += 0.01
			return random - float64(int(random))
		}})
		s := newSource(1)
		var pages []*livetest.SocketPage
		for i := range 100 {
			pages = append(pages, livetest.OpenSocket(t, k, live.SocketConfig{Session: fmt.Sprint(i)}, keeping(s.number())))
		}
		synctest.Wait()
		closed := make(chan error)
		go func() { closed <- k.Close(context.Background()) }()
		for i := range 10 {
			synctest.Wait()
			ended := 0
			for _, p := range pages {
				if p.Ended() != nil {
					ended++
				}
			}
			if ended != 10*(i+1) {
				t.Errorf("after %v %d streams have ended, want %d", time.Duration(i)*100*ms, ended, 10*(i+1))
			}
			if !k.Draining() {
				t.Error("not draining")
			}
			time.Sleep(100 * ms)
		}
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
		retries := map[time.Duration]bool{}
		for _, p := range pages {
			end := p.Ended()
			if end.Permanent || end.RetryAfter < time.Second || end.RetryAfter > 5*time.Second {
				t.Errorf("ended %+v", end)
			}
			retries[end.RetryAfter] = true
		}
		if len(retries) < 50 {
			t.Errorf("all come back at one of %d moments", len(retries))
		}
		if _, err := k.Connect(t.Context(), live.SocketConfig{Connected: true}); !errors.Is(err, live.ErrClosed) {
			t.Errorf("a new stream: %v", err)
		}
		if st := k.Stats(); st.Streams != 0 || st.Topics != 0 {
			t.Errorf("left: %+v", st)
		}
	})
}

func TestCloseGivesUpWaitingWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := live.NewKeeper(live.Config{Rand: func() float64 { return 0.5 }}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.RefetchInterval = time.Second
			return q
		})
		p := open(t, k, shared.With("all", 1))
		p.Pause()
		const timeout = 2500 * ms // between two refetches
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		began := time.Now()
		if err := k.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != timeout {
			t.Errorf("Close: %v after %v", err, time.Since(began))
		}
		n := s.count()
		time.Sleep(time.Hour) // shared queries have stopped, although a page is still held
		if got := s.count(); got != n {
			t.Errorf("%d fetches after Close", got-n)
		}
		p.Close()
		if st := k.Stats(); st.Streams != 0 || st.Topics != 0 || st.Shared != 0 {
			t.Errorf("left: %+v", st)
		}
		if err := load(t, k, keeping(shared.With("all", 1))); !errors.Is(err, live.ErrClosed) {
			t.Errorf("a load after Close: %v", err)
		}
	})
}

func TestCloseEndsWhatIsIdleAndWhatRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := live.NewKeeper(live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		for i := range 5 {
			if err := load(t, k, keeping(shared.With("all", i))); err != nil {
				t.Fatal(err)
			}
		}
		s.slow(time.Hour)
		loading := make(chan error)
		go func() { loading <- load(t, k, keeping(shared.With("all", 9))) }()
		synctest.Wait()
		if err := k.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-loading; err == nil {
			t.Error("a load that Close has cut short succeeded")
		}
		if st := k.Stats(); st.Shared != 0 || st.Topics != 0 {
			t.Errorf("left: %+v", st)
		}
		if err := k.Close(t.Context()); err != nil {
			t.Errorf("Close, again: %v", err)
		}
	})
}

// Two calls of Close at the same time both return when the keeper is closed.
func TestClosingTwiceWaitsTwice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := live.NewKeeper(live.Config{})
		release := make(chan struct{})
		q := live.Share(k, "slow", func(int) live.Query[int] {
			return live.Query[int]{Fetch: func(context.Context) (int, error) { <-release; return 1, nil }}
		})
		ctx, leave := context.WithCancel(t.Context())
		s, _ := k.Connect(ctx, live.SocketConfig{})
		go func() { _, _ = live.Keep(s.Socket(), "slow", q.With("all", 1)) }()
		synctest.Wait()
		leave()
		synctest.Wait()
		s.Close()
		var closed atomic.Int64
		for range 2 {
			go func() {
				if err := k.Close(t.Context()); err != nil {
					t.Errorf("close: %v", err)
				}
				closed.Add(1)
			}()
		}
		synctest.Wait()
		if n := closed.Load(); n != 0 {
			t.Errorf("%d returned while a fetch ran", n)
		}
		close(release)
		synctest.Wait()
		if n := closed.Load(); n != 2 {
			t.Errorf("%d returned", n)
		}
	})
}

// A Close that has little time tells every stream all the same.
func TestCloseOutOfTimeTellsEverybody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := live.NewKeeper(live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		pages := openPages(t, k, 20, shared.With("all", 1))
		ctx, cancel := context.WithTimeout(t.Context(), 300*ms)
		defer cancel()
		_ = k.Close(ctx)
		untold := 0
		for _, p := range pages {
			if p.hurried.Load() == 0 {
				untold++
			}
		}
		if untold > 0 {
			t.Errorf("%d of 20 streams were never told to end, and go on until they are old", untold)
		}
		for _, p := range pages {
			p.transport.Close()
		}
		_ = k.Close(t.Context())
	})
}
