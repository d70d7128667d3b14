//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/postgres"
)

func TestTheServerRestarts(t *testing.T) {
	s := pgtest.Start(t)
	a, _, _ := join(t, s, postgres.Config{})
	b, _, _ := join(t, s, postgres.Config{})
	atA := livetest.Listen(t, a)
	atB := livetest.Listen(t, b)
	if err := errors.Join(s.Stop(), s.Start()); err != nil {
		t.Fatal(err)
	}
	atA.Await(t, livetest.Resync)
	atB.Await(t, livetest.Resync)
	livetest.Publish(t, a, "tickets")
	atB.Await(t, "tickets")
	livetest.Publish(t, b, "tickets")
	atA.Await(t, "tickets")
}

// An administrator, or a failover, ends the session from the other side.
func TestTheSessionIsTerminated(t *testing.T) {
	a, _, _ := join(t, shared, postgres.Config{Channel: "terminated"})
	heard := livetest.Listen(t, a)
	c := open(t, shared)
	exec(t, c, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'terminated'")
	heard.Await(t, livetest.Resync)
	exec(t, c, "SELECT pg_notify('terminated', 'tickets')")
	heard.Await(t, "tickets")
}

func TestASilentServerIsGivenUp(t *testing.T) {
	a, _, _ := join(t, shared, postgres.Config{Channel: "silent"})
	b, _, wire := join(t, shared, postgres.Config{Channel: "silent", PingInterval: 300 * time.Millisecond})
	heard := livetest.Listen(t, b)
	livetest.Publish(t, a, "tickets")
	heard.Await(t, "tickets")
	wire.latest().lose()
	heard.Await(t, livetest.Resync)
	livetest.Publish(t, a, "tickets")
	heard.Await(t, "tickets")
}

// Publications at the same time share statements, of which PostgreSQL takes 1,664 columns at most; each is confirmed, and
// each arrives.
func TestManyPublishers(t *testing.T) {
	a, _, _ := join(t, shared, postgres.Config{Channel: "many"})
	_, b, wire := join(t, shared, postgres.Config{Channel: "many"})
	const publishers = 2500
	heard := make(chan string, publishers)
	if err := a.Listen(t.Context(), func(frame []byte) { heard <- string(frame) }); err != nil {
		t.Fatal(err)
	}
	release := wire.latest().hold()
	before := wire.latest().writes.Load()
	var begun, ended sync.WaitGroup
	for i := range publishers {
		begun.Add(1)
		ended.Go(func() {
			begun.Done()
			if err := b.Publish(t.Context(), fmt.Append(nil, i)); err != nil {
				t.Error(err)
			}
		})
	}
	begun.Wait()
	release()
	ended.Wait()
	if n := wire.latest().writes.Load() - before; n > publishers/5 {
		t.Errorf("%d publications took %d writes to the server, want a few", publishers, n)
	}
	missing := map[string]bool{}
	for i := range publishers {
		missing[fmt.Sprint(i)] = true
	}
	for len(missing) > 0 {
		select {
		case frame := <-heard:
			if !missing[frame] {
				t.Fatalf("heard %q, which was not published, or twice", frame)
			}
			delete(missing, frame)
		case <-time.After(20 * time.Second):
			t.Fatalf("%d frames never came", len(missing))
		}
	}
}

func TestConnectingFails(t *testing.T) {
	for name, cfg := range map[string]postgres.Config{
		"nobody there": {URL: "postgres://127.0.0.1:1/"},
		"no URL":       {URL: "postgres://%"},
		"bad channel":  {URL: shared.URL(), Channel: strings.Repeat("x", 64)},
		"bad login":    {URL: strings.Replace(shared.URL(), "postgres@", "stranger@", 1)},
	} {
		if b, err := postgres.Connect(t.Context(), cfg); err == nil {
			b.Close()
			t.Errorf("%s: connected", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := postgres.Connect(ctx, postgres.Config{URL: shared.URL()}); !errors.Is(err, context.Canceled) {
		t.Errorf("connecting under a cancelled context: %v", err)
	}
}

// The broker outlives the context of Connect, which may have a deadline.
func TestTheContextIsForConnecting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b, err := postgres.Connect(ctx, postgres.Config{URL: shared.URL(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	cancel()
	livetest.Publish(t, b, "tickets")
}

func TestClosed(t *testing.T) {
	a, _, _ := join(t, shared, postgres.Config{Channel: "closed"})
	_, b, _ := join(t, shared, postgres.Config{Channel: "closed"})
	heard := livetest.Listen(t, b)
	b.Close()
	b.Close()
	livetest.Publish(t, a, "tickets")
	heard.Silent(t)
	if err := b.Publish(t.Context(), []byte("tickets")); !errors.Is(err, postgres.ErrClosed) {
		t.Errorf("publishing after Close: %v", err)
	}
	if err := b.Listen(t.Context(), func([]byte) {}); !errors.Is(err, postgres.ErrClosed) {
		t.Errorf("listening after Close: %v", err)
	}
}

// Close does not wait for a server that is away.
func TestClosedWhileTheServerIsAway(t *testing.T) {
	node, b, _ := join(t, shared, postgres.Config{Channel: "away"})
	node.Cut()
	if err := b.Publish(t.Context(), []byte("tickets")); !errors.Is(err, postgres.ErrDisconnected) {
		t.Errorf("publishing without a connection: %v", err)
	}
	b.Close()
	if err := b.Publish(t.Context(), []byte("tickets")); !errors.Is(err, postgres.ErrClosed) {
		t.Errorf("publishing after Close: %v", err)
	}
}

// A publisher that waits for a confirmation that cannot come gets an error when the connection is lost, in the statement
// or in the queue, and what it published is not sent later.
func TestALossOnTheWay(t *testing.T) {
	node, b, wire := join(t, shared, postgres.Config{Channel: "loss"})
	other, _, _ := join(t, shared, postgres.Config{Channel: "loss"})
	atOther := livetest.Listen(t, other)
	heard := livetest.Listen(t, b)
	for range 10 {
		wrote := wire.latest().lose()
		answers := make(chan error, 9)
		publish := func() { answers <- b.Publish(t.Context(), []byte("tickets")) }
		go publish()
		<-wrote
		for range 8 { // these wait until that statement is answered
			go publish()
		}
		runtime.Gosched()
		node.Cut()
		for range 9 {
			select {
			case err := <-answers:
				if err == nil {
					t.Error("a publication that nobody got was confirmed")
				}
			case <-time.After(20 * time.Second):
				t.Fatal("a publisher was forgotten")
			}
		}
		node.Mend()
		heard.Await(t, livetest.Resync)
		livetest.Publish(t, b, "end")
		atOther.Await(t, "end")
	}
}

func TestPublishingEndsWithItsContext(t *testing.T) {
	_, b, wire := join(t, shared, postgres.Config{Channel: "deadline"})
	wire.latest().lose()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := b.Publish(ctx, []byte("tickets")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("publishing to a server that does not answer: %v", err)
	}
}
