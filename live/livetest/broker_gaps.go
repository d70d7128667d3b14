package livetest

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/htmxlive/htmxlive/live"
)

// joinCuttable joins a node that can be cut off, or skips the test.
func joinCuttable(t *testing.T, join func(t *testing.T) Node) Node {
	t.Helper()
	n := join(t)
	if n.Cut == nil {
		t.Skip("this driver's connection cannot be cut")
	}
	return n
}

func oneResync(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), joinCuttable(t, join)
	atB := newHeard()
	var early atomic.Bool
	err := b.Listen(t.Context(), func(frame []byte) {
		if len(frame) == 0 && b.Connected() {
			early.Store(true)
		}
		atB.receive(frame)
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		b.Cut()
		connected(t, b, false)
		Publish(t, a, "lost")
		b.Mend()
		atB.Await(t, Resync)
		connected(t, b, true)
		heard := fmt.Sprint("heard ", i)
		Publish(t, a, heard)
		atB.Await(t, heard)
	}
	atB.Silent(t)
	if early.Load() {
		t.Error("the node was connected before its Resync")
	}
}

func listenWhileAway(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), joinCuttable(t, join)
	b.Cut()
	atB := Listen(t, b)
	Publish(t, a, "lost")
	atB.Silent(t)
	b.Mend()
	atB.Await(t, Resync)
	Publish(t, a, "heard")
	atB.Await(t, "heard")
}

func publisherCutOff(t *testing.T, join func(t *testing.T) Node) {
	a, b := joinCuttable(t, join), join(t)
	own, other := Listen(t, a), Listen(t, b)
	a.Cut()
	refusesToPublish(t, a, "refused")
	a.Mend()
	own.Await(t, Resync)
	Publish(t, a, "one") // what was refused is not sent later
	other.Await(t, "one")
	Publish(t, a, "two")
	other.Await(t, "two")
	other.Silent(t)
}

func closedWhileAway(t *testing.T, join func(t *testing.T) Node) {
	b := joinCuttable(t, join)
	atB := Listen(t, b)
	b.Cut()
	b.Close()
	saysClosed(t, b)
	b.Mend()
	atB.Silent(t)
}

// heardOrGap publishes all the time while a node is cut off and mended. A frame that the node has not heard must have been
// published, or begun to be, before a Resync that the node got.
func heardOrGap(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), joinCuttable(t, join)
	r := newRecord()
	if err := b.Listen(t.Context(), r.receive); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var publishing sync.WaitGroup
	publishing.Go(func() { r.publish(t, a, stop) })
	end := sync.OnceFunc(func() {
		close(stop)
		publishing.Wait()
	})
	defer end()
	for range 10 {
		await(t, r.flows)
		b.Cut()
		b.Mend()
		await(t, r.resyncs)
	}
	end()
	Publish(t, a, "end")
	await(t, r.ended)
	r.complete(t)
}

// record is of frames that are numbers, as one node publishes and another hears them.
type record struct {
	begun   atomic.Int64   // the number of the latest frame
	heard   map[int64]bool // receive's, until ended
	covered int64          // the latest frame that had begun at the latest Resync; receive's, until ended
	flows   chan struct{}  // capacity 1: a frame has been heard since the latest Resync
	resyncs chan struct{}  // one for each
	ended   chan struct{}  // closed when "end" is heard first
	end     func()         // closes ended
}

func newRecord() *record {
	ended := make(chan struct{})
	return &record{
		heard: map[int64]bool{}, flows: make(chan struct{}, 1), resyncs: make(chan struct{}, 100),
		ended: ended, end: sync.OnceFunc(func() { close(ended) }),
	}
}

// complete fails for each frame that was not heard and not covered by a later Resync. Call it once "end" was heard.
func (r *record) complete(t *testing.T) {
	t.Helper()
	for number := r.covered + 1; number <= r.begun.Load(); number++ {
		if !r.heard[number] {
			t.Errorf("frame %d of %d was not heard; the latest Resync came when %d had begun", number, r.begun.Load(), r.covered)
		}
	}
}

func (r *record) receive(frame []byte) {
	switch number, err := strconv.ParseInt(string(frame), 10, 64); {
	case len(frame) == 0:
		r.covered = r.begun.Load()
		emptied(r.flows)
		r.resyncs <- struct{}{}
	case err != nil:
		r.end()
	default:
		r.heard[number] = true
		emptied(r.flows) <- struct{}{}
	}
}

// publish counts until stop is closed.
func (r *record) publish(t *testing.T, b live.Broker, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		if err := b.Publish(t.Context(), strconv.AppendInt(nil, r.begun.Add(1), 10)); err != nil {
			t.Errorf("publish: %v", err)
			return
		}
	}
}

// emptied takes what waits in a channel of capacity 1 that one goroutine sends to.
func emptied(c chan struct{}) chan struct{} {
	select {
	case <-c:
	default:
	}
	return c
}

// await waits for one value, or the end, of a channel.
func await(t *testing.T, c <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	select {
	case <-c:
	case <-ctx.Done():
		t.Fatal("it did not happen")
	}
}
