package livetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// tooFast keeps a receiver in its first call while more comes than sockets hold, as long as the driver takes more. What the engine
// or the driver drops then must be in a gap.
func tooFast(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), join(t)
	r := newRecord()
	called, proceed := make(chan struct{}, 1), make(chan struct{})
	err := b.Listen(t.Context(), func(frame []byte) {
		emptied(called) <- struct{}{}
		<-proceed
		number, _, _ := bytes.Cut(frame, []byte(" "))
		r.receive(number)
	})
	if err != nil {
		t.Fatal(err)
	}
	release := sync.OnceFunc(func() { close(proceed) })
	defer release()
	padding := strings.Repeat("x", live.MaxFrame-20)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for range 500 {
			if err := a.Publish(t.Context(), fmt.Append(nil, r.begun.Add(1), " ", padding)); err != nil {
				t.Errorf("publish: %v", err)
			}
		}
	}()
	await(t, called)
	for range 30 { // a publisher may have to wait for the receiver
		if soon(sent) {
			break
		}
	}
	release()
	await(t, sent)
	for ended := false; !ended; { // a node in a gap does not hear it
		Publish(t, a, "end")
		ended = soon(r.ended)
	}
	r.complete(t)
}

// soon reports whether the channel is closed within a moment.
func soon(c <-chan struct{}) bool {
	moment := time.NewTimer(100 * time.Millisecond)
	defer moment.Stop()
	select {
	case <-c:
		return true
	case <-moment.C:
		return false
	}
}

func joinStallable(t *testing.T, join func(t *testing.T) Node) Node {
	t.Helper()
	n := join(t)
	if n.Stall == nil {
		t.Skip("this driver's connection cannot be silent")
	}
	return n
}

// noticed waits until a node whose connection is silent says so.
func noticed(t *testing.T, n Node, since time.Time) {
	t.Helper()
	connected(t, n, false)
	if took := time.Since(since); took > n.Silence {
		t.Errorf("a silent connection was noticed after %v, want %v at most", took, n.Silence)
	}
}

func silentConnection(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), joinStallable(t, join)
	atB := Listen(t, b)
	since := time.Now()
	b.Stall()
	Publish(t, a, "lost")
	noticed(t, b, since)
	refusesToPublish(t, b, "refused")
	b.Mend()
	if late := atB.until(t, Resync); len(late) > 0 && !slices.Equal(late, []string{"lost"}) { // it may have been on its way
		t.Errorf("heard %q before the Resync", late)
	}
	Publish(t, a, "heard")
	atB.Await(t, "heard")
	atB.Silent(t)
	connected(t, b, true)
}

// silentPublisher: a publication has its time limit, whatever the connection does.
func silentPublisher(t *testing.T, join func(t *testing.T) Node) {
	a, b := joinStallable(t, join), join(t)
	atB := Listen(t, b)
	Publish(t, a, "begin")
	a.Stall()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := a.Publish(ctx, []byte("perhaps")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a publication without an answer: %v, want %v", err, context.DeadlineExceeded)
	}
	a.Mend()
	Publish(t, a, "end")
	atB.until(t, "end")
}

func delayed(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), join(t)
	if a.Delay == nil {
		t.Skip("this driver's connection cannot be slow")
	}
	atB := Listen(t, b)
	a.Delay(5 * time.Millisecond)
	b.Delay(20 * time.Millisecond)
	frames := make([]string, 20)
	for i := range frames {
		frames[i] = strconv.Itoa(i)
	}
	Publish(t, a, frames...)
	atB.Await(t, frames...)
}

func restarted(t *testing.T, join func(t *testing.T) Node) {
	a, b := join(t), join(t)
	if a.Restart == nil {
		t.Skip("this driver's engine cannot be restarted")
	}
	atA, atB := Listen(t, a), Listen(t, b)
	for range 2 {
		a.Restart()
		atA.until(t, Resync) // a node may hear its own frames before
		atB.until(t, Resync)
		connected(t, a, true)
		connected(t, b, true)
		Publish(t, a, "from a")
		atB.Await(t, "from a")
		Publish(t, b, "from b")
		atA.until(t, "from b")
	}
}
