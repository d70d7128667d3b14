//go:build unix

package postgres_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/live/postgres"
)

// record stands for the keeper and for the fetches: it notes what is published and what is read.
type record struct {
	mu        sync.Mutex // guards everything below
	published []string   // each publication, its topics joined by spaces
	read      []string
	older     []string // read from a snapshot that may be older
	clock     string
	failed    error
	syncs     int
	doubt     time.Duration // the longest
	resyncs   int
	log       bytes.Buffer
	news      chan struct{}
}

func (r *record) Publish(ctx context.Context, topics ...string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Done() != nil {
		panic("published with a context that can end")
	}
	slices.Sort(topics)
	r.published = append(r.published, strings.Join(topics, " "))
	select {
	case r.news <- struct{}{}:
	default:
	}
	return nil
}

func (r *record) Follows(string) bool { return true }

func (r *record) HasBroker() bool { return true }

func (r *record) InDoubt(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.doubt = max(r.doubt, d)
}

func (r *record) Resync() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resyncs++
}

func (r *record) TransactionTimeout() time.Duration { return 10 * time.Second }

func (r *record) Draining() bool { return false }

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(p)
}

// unrecordedKey marks a context under which nobody records.
type unrecordedKey struct{}

func (r *record) attach(t testing.TB, o postgres.Watch, config *pgx.ConnConfig) {
	t.Helper()
	o.Logger = slog.New(slog.NewTextHandler(r, nil))
	note := func(f func()) {
		r.mu.Lock()
		defer r.mu.Unlock()
		f()
	}
	t.Cleanup(postgres.ConfigureWith(o, config, r,
		func(context.Context) error { note(func() { r.syncs++ }); return nil },
		func(ctx context.Context) bool { return ctx.Value(unrecordedKey{}) == nil },
		func(_ context.Context, topics ...string) { note(func() { r.read = append(r.read, topics...) }) },
		func(_ context.Context, topics ...string) { note(func() { r.older = append(r.older, topics...) }) },
		func(_ context.Context, what string) { note(func() { r.clock = what }) },
		func(_ context.Context, err error) { note(func() { r.failed = err }) },
	))
}

// bed is a database of its own, a connection that is watched, and a record.
type bed struct {
	*pgx.Conn
	*record

	t      testing.TB
	name   string
	config *pgx.ConnConfig
}

// newBed makes a database that has the schema.
func newBed(t testing.TB, o postgres.Watch, schema string) *bed {
	t.Helper()
	b := &bed{record: &record{news: make(chan struct{}, 1)}, t: t, name: strings.ToLower(strings.NewReplacer("/", "_", " ", "_").Replace(t.Name()))}
	b.name = b.name[:min(len(b.name), 60)]
	admin, err := pgx.Connect(t.Context(), shared.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.WithoutCancel(t.Context()))
	database := pgx.Identifier{b.name}.Sanitize()
	if _, err := admin.Exec(t.Context(), "DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN END $$"); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(t.Context(), "CREATE DATABASE "+database); err != nil {
		t.Fatal(err)
	}
	if b.config, err = pgx.ParseConfig(shared.URL()); err != nil {
		t.Fatal(err)
	}
	b.config.Database = b.name
	other := b.other()
	if _, err := other.Exec(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	b.attach(t, o, b.config)
	b.Conn = b.connect()
	return b
}

// connect is a connection that is watched.
func (b *bed) connect() *pgx.Conn {
	b.t.Helper()
	c, err := pgx.ConnectConfig(b.t.Context(), b.config)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { c.Close(context.WithoutCancel(b.t.Context())) })
	return c
}

// other is a connection of another program.
func (b *bed) other() *pgx.Conn {
	b.t.Helper()
	config := b.config.Copy()
	config.Tracer = nil
	c, err := pgx.ConnectConfig(b.t.Context(), config)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { c.Close(context.WithoutCancel(b.t.Context())) })
	return c
}

// must runs statements that nobody records.
func (b *bed) must(statements ...string) {
	b.t.Helper()
	for _, s := range statements {
		if _, err := b.Exec(b.unrecorded(), s); err != nil {
			b.t.Fatalf("%s: %v", s, err)
		}
	}
}

func (b *bed) unrecorded() context.Context {
	return context.WithValue(b.t.Context(), unrecordedKey{}, true)
}

// short is topics without what they all begin with, sorted. Everything is ALL, each commit is *.
func (b *bed) short(topics []string) string {
	root := "postgres:" + b.name
	s := make([]string, len(topics))
	for i, t := range topics {
		s[i] = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(t, root), "/"), "public.")
		if s[i] == "" {
			s[i] = "ALL"
		}
	}
	slices.Sort(s)
	s = slices.Compact(s)
	if len(s) > 1 {
		s = slices.DeleteFunc(s, func(t string) bool { return t == "ALL" })
	}
	return strings.Join(s, " ")
}

// followed is what was read since the last call.
func (b *bed) followed() (fresh, older string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fresh, older = b.short(b.read), b.short(b.older)
	b.read, b.older, b.clock, b.failed = nil, nil, "", nil
	return fresh, older
}

// told is what was published since the last call, each publication in brackets.
func (b *bed) told() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for _, p := range b.published {
		all = append(all, "["+b.short(strings.Fields(p))+"]")
	}
	b.published = nil
	return strings.Join(all, " ")
}

// said is what the log has said since the last call.
func (b *bed) said() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.log.Reset()
	return b.log.String()
}
