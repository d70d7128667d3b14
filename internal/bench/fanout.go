package main

import (
	"context"
	"errors"
	"time"
)

// Case is one measurement: a transport and its readers.
type Case struct {
	Setup

	Streams  int
	Stalled  int // of them, do not read
	Changes  int
	Interval time.Duration
}

// Run is what one measurement found. The usages are the server's.
type Run struct {
	Seen

	Empty   Usage // before anybody came
	Idle    Usage // with all streams open
	Settled Usage // then, after a collection
	Spent   Usage // on the changes
	After   Usage // the changes
	End     Usage // then, after a collection
	Counts  Counts
	Took    time.Duration // to connect everybody
}

const (
	settling = 500 * time.Millisecond // idle streams are left alone for so long before they are measured
	grace    = 5 * time.Second        // after the last change, in which a stream may still see it
)

// measure runs a case in a fresh server with a fresh client.
func (c Case) measure(ctx context.Context) (Run, error) {
	var r rig
	defer r.stop()
	if err := r.start(ctx, c); err != nil {
		return r.run, err
	}
	if err := r.fanout(); err != nil {
		return r.run, err
	}
	err := r.usage(true, &r.run.End)
	return r.run, err
}

// rig is a server and a load client at work on a case.
type rig struct {
	Case

	server, load *child
	run          Run
}

// start connects everybody and measures what that takes.
func (r *rig) start(ctx context.Context, c Case) (err error) {
	r.Case = c
	if r.server, err = start(ctx, "server"); err != nil {
		return err
	}
	if r.load, err = start(ctx, "load"); err != nil {
		return err
	}
	var addr string
	if err := r.server.call("Server.Open", c.Setup, &addr); err != nil {
		return err
	}
	if err := r.usage(true, &r.run.Empty); err != nil {
		return err
	}
	began := time.Now()
	crowd := Crowd{Addr: addr, Streams: c.Streams, Stalled: c.Stalled, Pages: c.Transport == stackName}
	if err := r.load.call("Load.Connect", crowd, nil); err != nil {
		return err
	}
	r.run.Took = time.Since(began)
	return errors.Join(
		r.load.call("Load.Ignore", settling, nil),
		r.usage(false, &r.run.Idle),
		r.usage(true, &r.run.Settled),
	)
}

func (r *rig) usage(settled bool, u *Usage) error { return r.server.call("Server.Usage", settled, u) }

// warming is how many changes come before those that are measured: stacks grow to what a message needs, buffers are made.
const warming = 2

// fanout runs the schedule and measures what it takes.
func (r *rig) fanout() error {
	var before, after Usage
	var did, done Counts
	if err := errors.Join(
		r.publish(Schedule{First: 1, Count: warming, Interval: r.Interval}, &Seen{}),
		r.usage(false, &before),
		r.server.call("Server.Counts", struct{}{}, &did),
		r.publish(Schedule{First: 1 + warming, Count: r.Changes, Interval: r.Interval}, &r.run.Seen),
		r.usage(false, &after),
		r.server.call("Server.Counts", struct{}{}, &done),
	); err != nil {
		return err
	}
	r.run.Spent, r.run.Counts, r.run.After = after.since(before), done.since(did), after
	return nil
}

// publish makes the changes of a schedule and waits until every stream has seen them, or will not any more.
func (r *rig) publish(s Schedule, seen *Seen) error {
	s.Start = time.Now().Add(200 * time.Millisecond)
	published := r.server.rpc.Go("Server.Publish", s, nil, nil)
	if err := r.load.call("Load.Watch", Watching{Schedule: s, Grace: grace}, seen); err != nil {
		return err
	}
	select {
	case <-published.Done:
		return published.Error
	default: // readers that stall everybody stall the publisher too: the client's counts tell
		return nil
	}
}

func (r *rig) stop() {
	for _, c := range []*child{r.load, r.server} {
		if c != nil {
			c.stop()
		}
	}
}

// perMessage is the server's microseconds for each event that arrived.
func (r Run) perMessage() float64 {
	return float64(r.Spent.cpu().Nanoseconds()) / 1e3 / float64(max(1, r.Events))
}

// allocated is the bytes that the server allocated for each event that arrived, besides those of each refetch.
func (r Run) allocated(perFetch float64) float64 {
	return (float64(r.Spent.Allocated) - float64(r.Counts.Fetches)*perFetch) / float64(max(1, r.Events))
}

// perStream is how many KB of what value says a stream takes, once it is connected and settled.
func (c Case) perStream(r Run, value func(Usage) int64) float64 {
	return float64(value(r.Settled)-value(r.Empty)) / 1024 / float64(c.Streams)
}

func rss(u Usage) int64    { return u.RSS }
func heap(u Usage) int64   { return u.Heap }
func stacks(u Usage) int64 { return u.Stacks }
