package main

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
)

// Lab is the service of a process that measures package live without any HTTP.
type Lab struct{}

// Private says how many private queries change at once.
type Private struct{ Queries, Rounds int }

// PrivateTook is how long a round takes: all queries fetched, rendered and compared by package live, and all fetched and
// rendered in a loop.
type PrivateTook struct{ Kept, Direct []time.Duration }

// fetchesAtOnce is the concurrency of both; it is live's default.
const fetchesAtOnce = 16

// Private measures refetching many queries that nobody shares.
func (Lab) Private(p Private, took *PrivateTook) error {
	data, err := openTickets(context.Background(), bareSQLite, 0, p.Queries)
	if err != nil {
		return err
	}
	defer data.close()
	f := ticketRows(&counters{})
	kept, err := keepAll(data, f, p.Queries)
	if err != nil {
		return err
	}
	defer kept.close()
	loop := func() error { return direct(data, f, p.Queries) }
	for round := range p.Rounds + 1 {
		if err := data.changeAll(context.Background(), round+1); err != nil {
			return err
		}
		d, err := timed(loop)
		if err != nil {
			return err
		}
		k, err := timed(kept.round)
		if err != nil {
			return err
		}
		if round > 0 { // the first one warms up
			took.Direct, took.Kept = append(took.Direct, d), append(took.Kept, k)
		}
	}
	return nil
}

func timed(f func() error) (time.Duration, error) {
	began := time.Now()
	err := f()
	return time.Since(began), err
}

// direct fetches and renders all queries in a loop.
func direct(data *tickets, f fragment.Fragment, queries int) error {
	var wg sync.WaitGroup
	errs := make(chan error, fetchesAtOnce)
	for worker := range fetchesAtOnce {
		wg.Go(func() {
			ctx := context.Background()
			for team := 1 + worker; team <= queries; team += fetchesAtOnce {
				list, err := data.ofTeam(ctx, team)
				if err == nil {
					_, err = f.Render(ctx, fragment.Assigns{"tickets": assignOf(list)})
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

// assignOf is a plain list as a fragment wants it.
func assignOf(list []ticket) fragment.Assign {
	a := fragment.Assign{Status: fragment.Ready, Value: list, IsList: true, Rows: make([]fragment.Row, len(list))}
	for i, t := range list {
		a.Rows[i] = fragment.Row{Key: strconv.FormatInt(t.ID, 10), Value: t}
	}
	return a
}

// keptPages is open pages with a private query each.
type keptPages struct {
	keeper  *live.Keeper
	pages   []*live.Transport
	readers sync.WaitGroup
	patched chan struct{} // receives for each page that has something to send
	left    chan struct{} // closed when the pages are left
}

func keepAll(data *tickets, f fragment.Fragment, queries int) (*keptPages, error) {
	k := &keptPages{
		keeper:  live.NewKeeper(live.Config{MaxFetches: fetchesAtOnce, Logger: slog.New(slog.DiscardHandler)}),
		patched: make(chan struct{}, queries), left: make(chan struct{}),
	}
	for team := 1; team <= queries; team++ {
		s, err := k.keeper.Connect(context.Background(), live.SocketConfig{Session: strconv.Itoa(team), Path: "/", Connected: true})
		if err != nil {
			return k, err
		}
		k.pages = append(k.pages, s)
		if _, err := live.KeepList(s.Socket(), "tickets", live.ListQuery[ticket, int64]{
			Fetch:     func(ctx context.Context) ([]ticket, error) { return data.ofTeam(ctx, team) },
			Key:       func(t ticket) int64 { return t.ID },
			Subscribe: []string{"tickets"},
			Fragments: []fragment.Fragment{f},
		}); err != nil {
			return k, err
		}
		s.Start()
		k.readers.Go(func() { k.read(s) })
	}
	k.wait() // for what a stream is sent first
	return k, nil
}

// read is what a stream does.
func (k *keptPages) read(s *live.Transport) {
	for {
		select {
		case <-k.left:
			return
		case <-s.Changed():
			if u, ok := s.Next(); ok && len(u.Patches) > 0 {
				k.patched <- struct{}{}
			}
		}
	}
}

func (k *keptPages) wait() {
	for range k.pages {
		<-k.patched
	}
}

// round publishes one notification that concerns every page and waits until each has its patch.
func (k *keptPages) round() error {
	if err := k.keeper.Publish(context.Background(), "tickets"); err != nil {
		return err
	}
	k.wait()
	return nil
}

func (k *keptPages) close() {
	close(k.left)
	for _, s := range k.pages {
		s.Close()
	}
	k.readers.Wait()
	_ = k.keeper.Close(context.Background())
}
