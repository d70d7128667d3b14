//go:build unix

package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/quick"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/brokertest"
	"github.com/htmxlive/htmxlive/live/postgres"
)

func TestTheServerRestarts(t *testing.T) {
	s := pgtest.Start(t)
	a, _, _ := join(t, s, postgres.Config{})
	b, _, _ := join(t, s, postgres.Config{})
	atA, _ := brokertest.Listen(t, a, "tickets")
	atB, _ := brokertest.Listen(t, b, "tickets")
	if err := errors.Join(s.Stop(), s.Start()); err != nil {
		t.Fatal(err)
	}
	atA.Hears(t, live.Resync)
	atB.Hears(t, live.Resync)
	brokertest.Publish(t, a, "tickets")
	atB.Hears(t, "tickets")
	brokertest.Publish(t, b, "tickets")
	atA.Hears(t, "tickets")
}

// An administrator, or a failover, ends the session from the other side.
func TestTheSessionIsTerminated(t *testing.T) {
	a, _, _ := join(t, shared, postgres.Config{Channel: "terminated"})
	ear, _ := brokertest.Listen(t, a, "tickets")
	c := open(t, shared)
	exec(t, c, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'terminated'")
	ear.Hears(t, live.Resync)
	exec(t, c, "SELECT pg_notify('terminated', 'tickets')")
	ear.Hears(t, "tickets")
}

func TestASilentServerIsGivenUp(t *testing.T) {
	a, _, _ := join(t, shared, postgres.Config{Channel: "silent"})
	b, _, wire := join(t, shared, postgres.Config{Channel: "silent", PingInterval: 300 * time.Millisecond})
	ear, _ := brokertest.Listen(t, b, "tickets")
	brokertest.Publish(t, a, "tickets")
	ear.Hears(t, "tickets")
	wire.latest().lose()
	ear.Hears(t, live.Resync)
	brokertest.Publish(t, a, "tickets")
	ear.Hears(t, "tickets")
}

func TestInTheTransactionOfTheChange(t *testing.T) {
	b, _, _ := join(t, shared, postgres.Config{Channel: "tx"})
	ear, _ := brokertest.Listen(t, b, "committed", "rolled back", "by database/sql", "end")
	c := open(t, shared)
	for _, topic := range []string{"rolled back", "committed"} {
		tx, err := c.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := postgres.Notify(t.Context(), tx.Exec, "tx", topic); err != nil {
			t.Fatal(err)
		}
		brokertest.Publish(t, b, "round trip")
		ear.Silent(t)
		if topic == "committed" {
			err = tx.Commit(t.Context())
		} else {
			err = tx.Rollback(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ear.Hears(t, "committed")

	db, err := sql.Open("pgx", shared.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := postgres.Notify(t.Context(), tx.ExecContext, "tx", "by database/sql"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	ear.Hears(t, "by database/sql")
}

// What PostgreSQL would refuse must not reach it: the transaction, with the user's change in it, would be lost.
func TestRefusedBeforeTheTransaction(t *testing.T) {
	b, _, _ := join(t, shared, postgres.Config{Channel: "refused"})
	c := open(t, shared)
	for _, bad := range []struct{ channel, topic string }{
		{"refused", strings.Repeat("x", 8000)},
		{"refused", strings.Repeat("\x00", 2000)},
		{"", "t"},
		{strings.Repeat("x", 64), "t"},
		{"\xff", "t"},
		{"a\x00b", "t"},
	} {
		tx, err := c.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := postgres.Notify(t.Context(), tx.Exec, bad.channel, "good", bad.topic); err == nil {
			t.Errorf("%.20q on %.20q was not refused", bad.topic, bad.channel)
		}
		if err := postgres.Notify(t.Context(), tx.Exec, "refused", "still fine"); err != nil {
			t.Errorf("after %.20q on %.20q the transaction is broken: %v", bad.topic, bad.channel, err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	long := strings.Repeat("x", 8000)
	if err := b.Publish(t.Context(), long); err == nil {
		t.Error("a topic of 8000 bytes was published")
	}
	if _, err := b.Subscribe(t.Context(), func(string) {}, long); err == nil {
		t.Error("a topic of 8000 bytes, which nobody can publish, was subscribed to")
	}
	ear, _ := brokertest.Listen(t, b, long[1:])
	if err := postgres.Notify(t.Context(), c.Exec, "refused", long[1:]); err != nil {
		t.Fatal(err)
	}
	ear.Hears(t, long[1:])
}

func TestAnyTopicComesBackAsItWas(t *testing.T) {
	b, _, _ := join(t, shared, postgres.Config{Channel: "any"})
	c := open(t, shared)
	comesBack := func(raw []byte) bool {
		for _, topic := range []string{string(raw), `"` + string(raw), fmt.Sprintf("%q", raw)} {
			if topic == live.Resync {
				continue
			}
			ear, sub := brokertest.Listen(t, b, topic)
			if err := postgres.Notify(t.Context(), c.Exec, "any", topic); err != nil {
				t.Error(err)
				return false
			}
			ear.Hears(t, topic)
			if err := sub.Unsubscribe(t.Context()); err != nil {
				t.Error(err)
			}
		}
		return true
	}
	if err := quick.Check(comesBack, &quick.Config{MaxCount: 200}); err != nil {
		t.Error(err)
	}
}

// Publications at the same time share statements; each is confirmed, and each arrives.
func TestManyPublishers(t *testing.T) {
	a, _, _ := join(t, shared, postgres.Config{Channel: "many"})
	b, _, _ := join(t, shared, postgres.Config{Channel: "many"})
	const publishers, each = 8, 50
	var topics []string
	for i := range publishers * each {
		topics = append(topics, fmt.Sprint(i))
	}
	ears := make([]*brokertest.Ear, len(topics))
	for i, topic := range topics {
		ears[i], _ = brokertest.Listen(t, b, topic)
	}
	var wg sync.WaitGroup
	for p := range publishers {
		wg.Go(func() {
			for i := range each {
				if err := a.Publish(t.Context(), topics[p*each+i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for i, ear := range ears {
		ear.Hears(t, topics[i])
	}

	// Once more all of them, in a single call.
	brokertest.Publish(t, a, append(topics, make2500()...)...)
	for i, ear := range ears {
		ear.Hears(t, topics[i])
	}
}

// make2500 is more topics than one statement takes.
func make2500() []string {
	topics := make([]string, 2500)
	for i := range topics {
		topics[i] = fmt.Sprint("nobody's ", i)
	}
	return topics
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
	brokertest.Publish(t, b, "tickets")
}

func TestClosed(t *testing.T) {
	a, _, _ := join(t, shared, postgres.Config{Channel: "closed"})
	_, b, _ := join(t, shared, postgres.Config{Channel: "closed"})
	ear, _ := brokertest.Listen(t, b, "tickets")
	b.Close()
	b.Close()
	brokertest.Publish(t, a, "tickets")
	ear.Silent(t)
	if err := b.Publish(t.Context(), "tickets"); !errors.Is(err, postgres.ErrClosed) {
		t.Errorf("publishing after Close: %v", err)
	}
	if _, err := b.Subscribe(t.Context(), func(string) {}, "tickets"); !errors.Is(err, postgres.ErrClosed) {
		t.Errorf("subscribing after Close: %v", err)
	}
	if b.Connected() {
		t.Error("connected after Close")
	}
}

// Close does not wait for a server that is away, and answers who publishes meanwhile.
func TestClosedWhileTheServerIsAway(t *testing.T) {
	node, b, _ := join(t, shared, postgres.Config{Channel: "away"})
	node.Cut()
	if err := b.Publish(t.Context(), "tickets"); !errors.Is(err, postgres.ErrDisconnected) {
		t.Errorf("publishing without a connection: %v", err)
	}
	b.Close()
	if err := b.Publish(t.Context(), "tickets"); !errors.Is(err, postgres.ErrClosed) {
		t.Errorf("publishing after Close: %v", err)
	}
}

// Whoever waits for a confirmation that cannot come is told when the connection is lost, in the statement or in the queue.
func TestALossOnTheWay(t *testing.T) {
	node, b, wire := join(t, shared, postgres.Config{Channel: "loss"})
	ear, _ := brokertest.Listen(t, b)
	for range 10 {
		wrote := wire.latest().lose()
		answers := make(chan error, 9)
		publish := func() { answers <- b.Publish(t.Context(), "tickets") }
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
		ear.Hears(t, live.Resync)
	}
}

func TestPublishingEndsWithItsContext(t *testing.T) {
	_, b, wire := join(t, shared, postgres.Config{Channel: "deadline"})
	wire.latest().lose()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := b.Publish(ctx, "tickets"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("publishing to a server that does not answer: %v", err)
	}
}
