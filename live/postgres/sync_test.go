//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/htmxlive/htmxlive/live/postgres"
)

// What was committed before Sync has been heard when it returns.
func TestSyncHearsWhatWasCommitted(t *testing.T) {
	_, b, _ := join(t, shared, postgres.Config{Channel: "sync"})
	var heard atomic.Int64
	if err := b.Listen(t.Context(), func(frame []byte) {
		n, _ := strconv.ParseInt(string(frame), 10, 64)
		heard.Store(n)
	}); err != nil {
		t.Fatal(err)
	}
	c := open(t, shared)
	for i := range int64(10_000) {
		exec(t, c, "SELECT pg_notify('sync', $1)", strconv.FormatInt(i, 10))
		if err := b.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := heard.Load(); got != i {
			t.Fatalf("after commit %d and Sync the latest that was heard is %d", i, got)
		}
	}
}

// A reader may see a commit before the session that makes it has woken the listeners, or got its own answer.
func TestSyncHearsWhatAReaderSaw(t *testing.T) {
	_, b, _ := join(t, shared, postgres.Config{Channel: "sync_reader"})
	var heard atomic.Int64
	if err := b.Listen(t.Context(), func(frame []byte) {
		n, _ := strconv.ParseInt(string(frame), 10, 64)
		heard.Store(n)
	}); err != nil {
		t.Fatal(err)
	}
	writer, reader := open(t, shared), open(t, shared)
	exec(t, writer, "CREATE TABLE sync_reader AS SELECT 0::bigint AS n")
	defer func() { _, _ = writer.Exec(context.Background(), "DROP TABLE sync_reader") }()
	const commits = 2_000
	written := make(chan error, 1)
	go func() {
		for i := range commits {
			if _, err := writer.Exec(t.Context(), "WITH u AS (UPDATE sync_reader SET n = n + 1) SELECT pg_notify('sync_reader', $1)", strconv.Itoa(i+1)); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	for seen := int64(0); seen < commits; {
		if err := reader.QueryRow(t.Context(), "SELECT n FROM sync_reader").Scan(&seen); err != nil {
			t.Fatal(err)
		}
		if err := b.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := heard.Load(); got < seen {
			t.Fatalf("a reader saw commit %d, and after Sync only %d was heard", seen, got)
		}
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
}

// A Sync is no news to other nodes, also where it shares a statement with what is published.
func TestSyncTellsNobody(t *testing.T) {
	_, a, _ := join(t, shared, postgres.Config{Channel: "sync_silent"})
	_, b, wire := join(t, shared, postgres.Config{Channel: "sync_silent"})
	heard := make(chan string, 10)
	if err := a.Listen(t.Context(), func(frame []byte) { heard <- string(frame) }); err != nil {
		t.Fatal(err)
	}
	release := wire.latest().hold()
	answers := make(chan error, 5)
	for range 4 {
		go func() { answers <- b.Sync(t.Context()) }()
	}
	go func() { answers <- b.Publish(t.Context(), []byte("tickets")) }()
	release()
	for range 5 {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(b.Sync(t.Context()), b.Publish(t.Context(), []byte("end"))); err != nil {
		t.Fatal(err)
	}
	if got := [2]string{<-heard, <-heard}; got != [2]string{"tickets", "end"} {
		t.Errorf("the other node heard %q", got)
	}
}

func TestSyncWithoutAServer(t *testing.T) {
	node, b, _ := join(t, shared, postgres.Config{Channel: "sync_away"})
	node.Cut()
	if err := b.Sync(t.Context()); !errors.Is(err, postgres.ErrDisconnected) {
		t.Errorf("Sync without a connection: %v", err)
	}
	b.Close()
	if err := b.Sync(t.Context()); !errors.Is(err, postgres.ErrClosed) {
		t.Errorf("Sync after Close: %v", err)
	}
}
