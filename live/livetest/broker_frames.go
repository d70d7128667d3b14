package livetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

func inOrder(t *testing.T, join func(t *testing.T) Node) {
	a, b, c := join(t), join(t), join(t)
	atB, atC := Listen(t, b), Listen(t, c)
	frames := make([]string, 200)
	for i := range frames {
		frames[i] = fmt.Sprint("frame ", i)
	}
	Publish(t, a, frames...)
	atB.Await(t, frames...)
	atC.Await(t, frames...)
	connected(t, a, true)
}

func anyBytes(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), join(t)
	atB := Listen(t, b)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	frames := []string{
		string(all), "\x00", "\x00\x00\x00\x00", "a\x00", "\xff\xfe", "\xed\xa0\x80", "", `"`, `"\x00"`, `{"v":1,"from":"n","topics":["t"]}`,
		"a", "A", "a.b", "a.*", "a.>", "*", ">", "?", "%", "_", " a", "a ", "a'b", `a\b`, "a\r\nb", "ä→🎫", "$1", "{a}",
		"'); DROP TABLE tickets --", "\r\nPUB x 0\r\n", strings.Repeat("long ", 200),
	}
	for _, frame := range frames {
		sent := []byte(frame)
		if err := a.Publish(t.Context(), sent); err != nil {
			t.Fatalf("publish %.200q: %v", frame, err)
		}
		copy(sent, bytes.Repeat([]byte{'!'}, len(sent))) // the slice is the publisher's again
	}
	atB.Await(t, frames...)
}

func sizes(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), join(t)
	atB := Listen(t, b)
	for _, unit := range []string{"x", "\x00", "\xff", `"`, `\`, "ä", "\x00\x01\xfe\xff"} {
		long := strings.Repeat(unit, live.MaxFrame+1)
		Publish(t, a, long[:live.MaxFrame])
		if err := a.Publish(t.Context(), []byte(long[:live.MaxFrame+1])); err == nil {
			t.Errorf("%d bytes of %q were published", live.MaxFrame+1, unit)
		}
		Publish(t, a, "after")
		atB.Await(t, long[:live.MaxFrame], "after")
	}
}

// A crowd is nodes that all publish at the same time, each by several publishers, which number their frames.
const (
	crowdNodes      = 3
	crowdPublishers = 8
	crowdFrames     = 25 // of each publisher
)

func manyPublishers(t *testing.T, join func(t *testing.T) Node) {
	all, heard := make([]Node, crowdNodes), make([]*Heard, crowdNodes)
	var overlapping atomic.Int32
	for i := range all {
		all[i], heard[i] = join(t), newHeard()
		var under atomic.Int32
		err := all[i].Listen(t.Context(), func(frame []byte) {
			overlapping.Add(under.Add(1) - 1)
			heard[i].receive(frame)
			under.Add(-1)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var running sync.WaitGroup
	for i := range crowdNodes * crowdPublishers {
		running.Go(func() {
			for j := range crowdFrames {
				if err := all[i%crowdNodes].Publish(t.Context(), fmt.Appendf(nil, "%d %d", i, j)); err != nil {
					t.Errorf("publish: %v", err)
				}
			}
		})
	}
	running.Wait()
	for i, h := range heard {
		hearsTheOthers(t, h, i)
	}
	if n := overlapping.Load(); n > 0 {
		t.Errorf("%d calls of receive began during another", n)
	}
}

// hearsTheOthers waits until a node has heard all frames of the other nodes, of each publisher in order. It may hear its own.
func hearsTheOthers(t *testing.T, h *Heard, node int) {
	t.Helper()
	next := make([]int, crowdNodes*crowdPublishers) // by publisher
	for missing := (crowdNodes - 1) * crowdPublishers * crowdFrames; missing > 0; {
		frame, ok := h.next(t)
		if !ok {
			t.Fatalf("node %d never heard %d of the frames", node, missing)
		}
		var from, number int
		if _, err := fmt.Sscanf(frame, "%d %d", &from, &number); err != nil || number != next[from] {
			t.Fatalf("node %d heard %q, want number %d of this publisher (%v)", node, frame, next[from], err)
		}
		next[from]++
		if from%crowdNodes != node {
			missing--
		}
	}
}

func listenerEnds(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), join(t)
	for i := range 20 {
		ctx, end := context.WithCancel(t.Context())
		old := listen(ctx, t, b)
		now := fmt.Sprint("now ", i) // what is published when Listen has returned arrives
		Publish(t, a, now)
		old.Await(t, now)
		end()
		Publish(t, a, "late")

		ctx, end = context.WithCancel(t.Context())
		next := listen(ctx, t, b)
		Publish(t, a, "end")
		for frame := "late"; frame == "late"; { // it may be on its way still
			frame, _ = next.next(t)
		}
		old.Silent(t)
		end()
		if err := b.Listen(ctx, old.receive); !errors.Is(err, context.Canceled) {
			t.Errorf("listening under a context that has ended: %v", err)
		}
	}
}

func oneListener(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), join(t)
	first, second := Listen(t, b), newHeard()
	if err := b.Listen(t.Context(), second.receive); err == nil {
		t.Error("a second listener was taken")
	}
	Publish(t, a, "tickets")
	first.Await(t, "tickets")
	second.Silent(t)
}

func receiverPublishes(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), join(t)
	answer := Listen(t, a)
	answered := make(chan error, 1)
	err := b.Listen(t.Context(), func(frame []byte) {
		if string(frame) == "question" {
			go func() { answered <- b.Publish(t.Context(), []byte("answer")) }() // receive never blocks
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	Publish(t, a, "question")
	for frame := "question"; frame == "question"; { // its own
		frame, _ = answer.next(t)
		if frame != "question" && frame != "answer" {
			t.Errorf("heard %q, want the answer", frame)
		}
	}
	if err := <-answered; err != nil {
		t.Errorf("publish: %v", err)
	}
}

func closedNode(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), join(t)
	atB := Listen(t, b)
	Publish(t, a, "before")
	atB.Await(t, "before")
	b.Close()
	b.Close()
	Publish(t, a, "after")
	atB.Silent(t)
	saysClosed(t, b)
	a.Close()
	limit := time.Now().Add(testTimeout)
	for n := started(b.Broker); n > 0; n = started(b.Broker) {
		if time.Now().After(limit) {
			t.Fatalf("%d goroutines of the driver outlive its nodes", n)
		}
		runtime.Gosched()
	}
}

// saysClosed tests what the methods of a closed node do.
func saysClosed(t *testing.T, n Node) {
	t.Helper()
	refusesToPublish(t, n, "after")
	if err := n.Listen(t.Context(), func([]byte) {}); err == nil {
		t.Error("a closed node listens")
	}
	if n.Connected() {
		t.Error("a closed node is connected")
	}
}

// started counts the goroutines that the package of the broker's type has started.
func started(b live.Broker) int {
	kind := reflect.TypeOf(b)
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return bytes.Count(stacks, []byte("created by "+kind.PkgPath()+"."))
}
