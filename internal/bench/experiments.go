package main

import (
	"context"
	"errors"
	"time"
)

// growth asks what a great many notifications leave behind.
func (s suite) growth(ctx context.Context, r *Results) error {
	var g rig
	defer g.stop()
	if err := g.start(ctx, Case{Setup: Setup{Transport: stackName, RowBytes: rowBytes}, Streams: 100}); err != nil {
		return err
	}
	r.Growth = &Growth{Streams: g.Streams, Notifications: s.notify}
	return errors.Join(
		g.server.call("Server.Notify", s.notify/100, nil), // warms up
		g.usage(true, &r.Growth.Before),
		g.server.call("Server.Notify", s.notify, nil),
		g.usage(true, &r.Growth.After),
		g.server.call("Server.Counts", struct{}{}, &r.Growth.Counts),
	)
}

// private compares queries that nobody shares with a loop.
func (s suite) private(ctx context.Context, r *Results) error {
	lab, err := start(ctx, "lab")
	if err != nil {
		return err
	}
	defer lab.stop()
	r.Private = &PrivateTook{}
	return lab.call("Lab.Private", Private{Queries: s.queries, Rounds: max(5, s.runs)}, r.Private)
}

// otherTopics asks whether a notification notices how many other topics there are.
func (s suite) otherTopics(ctx context.Context, r *Results) error {
	r.Topics = map[int][]time.Duration{}
	lab, err := start(ctx, "lab")
	if err != nil {
		return err
	}
	defer lab.stop()
	for range max(5, s.runs) {
		for _, others := range []int{10, s.topics} {
			var each time.Duration
			if err := lab.call("Lab.Topics", Topics{Others: others, Notifications: 1_000_000}, &each); err != nil {
				return err
			}
			r.Topics[others] = append(r.Topics[others], each)
		}
	}
	return nil
}

// facts asks what a written row costs beside many open lists, of which one can show it.
func (s suite) facts(ctx context.Context, r *Results) error {
	r.Filtered = map[int][]FilteredTook{}
	for range max(3, s.runs) {
		for _, lists := range s.lists {
			took, err := filtered(ctx, lists)
			if err != nil {
				return err
			}
			r.Filtered[lists] = append(r.Filtered[lists], took)
		}
	}
	return nil
}

// filteredWrites is how many rows are written.
const filteredWrites = 1000

func filtered(ctx context.Context, lists int) (took FilteredTook, err error) {
	lab, err := start(ctx, "lab")
	if err != nil {
		return took, err
	}
	defer lab.stop()
	err = lab.call("Lab.Filtered", FilteredLists{Lists: lists, Writes: filteredWrites}, &took)
	return took, err
}

// costs asks what watching a statement costs it.
func (s suite) costs(ctx context.Context, r *Results) error {
	lab, err := start(ctx, "lab")
	if err != nil {
		return err
	}
	defer lab.stop()
	return lab.call("Lab.SQLiteCosts", CostsOf{Rounds: s.rounds}, &r.Costs)
}
