package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// FilteredLists says how many open lists there are, each with another filter, and how many rows are written.
type FilteredLists struct{ Lists, Writes int }

// FilteredTook is what a written row costs its publisher, and how many fetches all of them have caused.
type FilteredTook struct {
	Each    time.Duration
	Fetches int
}

// filteredWritten is how many of the lists the written rows belong to, whatever their number.
const filteredWritten = 10

// filteredTopic stands for the table of the lists.
const filteredTopic = "tickets"

// Filtered measures how long it takes to find the lists that a written row can concern.
func (Lab) Filtered(f FilteredLists, took *FilteredTook) error {
	k := live.NewKeeper(live.Config{Logger: slog.New(slog.DiscardHandler), Limits: live.Limits{Streams: max(1<<16, 2*f.Lists)}})
	ctx, cancel := context.WithCancel(context.Background())
	defer func() { cancel(); _ = k.Close(context.Background()) }()
	var fetches atomic.Int64
	for team := range f.Lists {
		s, err := followFiltered(ctx, k, team, &fetches)
		if err != nil {
			return err
		}
		defer s.Close()
	}
	runtime.GC()
	before := fetches.Load()
	began := time.Now()
	for i := range f.Writes {
		team := i % filteredWritten * (f.Lists / filteredWritten)
		row := map[string]any{"team": int64(team), "status": "open"}
		change := live.Change{Topic: filteredTopic, Table: "tickets", Key: strconv.Itoa(i), Old: row, New: row}
		if err := k.PublishChanges(ctx, []live.Change{change}); err != nil {
			return err
		}
	}
	took.Each = time.Since(began) / time.Duration(f.Writes)
	for deadline := time.Now().Add(grace); fetches.Load() < before+filteredWritten; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("of %d lists that were written to, %d were fetched", filteredWritten, fetches.Load()-before)
		}
	}
	took.Fetches = int(fetches.Load() - before)
	return nil
}

// followFiltered opens a page with a list of one team's open tickets.
func followFiltered(ctx context.Context, k *live.Keeper, team int, fetches *atomic.Int64) (*live.Transport, error) {
	s, err := k.Connect(ctx, live.SocketConfig{Session: fmt.Sprint("session ", team), Path: "/", Connected: true})
	if err != nil {
		return nil, err
	}
	_, err = live.KeepList(s.Socket(), "tickets", live.ListQuery[ticket, int64]{
		Fetch: func(ctx context.Context) ([]ticket, error) {
			fetches.Add(1)
			ctx = live.Where(live.Where(ctx, "tickets", "team", team), "tickets", "status", "open")
			live.Reads(ctx, live.Narrow(filteredTopic, live.Conditions(ctx, "tickets")))
			return []ticket{{ID: int64(team)}}, nil
		},
		Key:     func(t ticket) int64 { return t.ID },
		Results: live.ResultsLose,
	})
	if err != nil {
		return s, err
	}
	s.Start()
	return s, nil
}
