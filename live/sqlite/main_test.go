package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/sqlite"
)

func TestMain(m *testing.M) {
	if foreign() {
		return
	}
	goleak.VerifyTestMain(m)
}

// record stands for the keeper and for the fetches: it notes what is published and what is read.
type record struct {
	mu        sync.Mutex // guards everything below
	publ      []string   // each publication, its topics joined by spaces
	bare      []string   // topics of which no more is known
	changes   []live.Change
	read      []string
	older     []string // read from a snapshot that may be older
	clocks    []string // read besides
	draining  bool
	unwatched bool // nobody follows anything
	news      chan struct{}
}

func (r *record) PublishChanges(ctx context.Context, changes []live.Change, topics ...string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bare = append(r.bare, topics...)
	r.changes = append(r.changes, changes...)
	for _, c := range changes {
		if !slices.Contains(topics, c.Topic) {
			topics = append(topics, c.Topic)
		}
	}
	if ctx.Done() != nil {
		panic("published with a context that can end")
	}
	r.publ = append(r.publ, strings.Join(topics, " "))
	select {
	case r.news <- struct{}{}:
	default:
	}
	return nil
}

func (r *record) Follows(string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.unwatched
}

func (r *record) Heard(topic string) bool { return r.Follows(topic) }

func (r *record) Draining() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.draining
}

func (r *record) reads(_ context.Context, topics ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.read = append(r.read, topics...)
}

func (r *record) snapshot(_ context.Context, topics ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.older = append(r.older, topics...)
}

func (r *record) clock(_ context.Context, what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clocks = append(r.clocks, what)
}

// forget begins anew.
func (r *record) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.publ, r.bare, r.changes, r.read, r.older, r.clocks = nil, nil, nil, nil, nil, nil
	select {
	case <-r.news:
	default:
	}
}

// published is what was published since the last call.
func (r *record) published() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.publ
	r.publ = nil
	return p
}

// bed is a database in a file, with a record.
type bed struct {
	*sql.DB
	*record

	t    testing.TB
	path string
	look func() // for commits of other programs
}

func open(t testing.TB, options ...string) *bed {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "shop.db"), options...)
}

func openAt(t testing.TB, path string, options ...string) *bed {
	t.Helper()
	return openDSN(t, path, dsn(path, options...))
}

func dsn(path string, options ...string) string {
	return "file:" + path + "?" + strings.Join(append(options, "_pragma=busy_timeout(10000)", "_pragma=foreign_keys(1)", "_pragma=synchronous(OFF)"), "&")
}

func openDSN(t testing.TB, path, dsn string) *bed {
	t.Helper()
	return openAs(t, &record{news: make(chan struct{}, 1)}, path, dsn)
}

// openWith opens a database with options of the package, and some of the dsn.
func openWith(t testing.TB, with []sqlite.Option, options ...string) *bed {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	return openAs(t, &record{news: make(chan struct{}, 1)}, path, dsn(path, options...), with...)
}

// openAs opens a database with a record that it may share.
func openAs(t testing.TB, r *record, path, dsn string, with ...sqlite.Option) *bed {
	t.Helper()
	b := &bed{record: r, t: t, path: path}
	var err error
	if b.DB, b.look, err = sqlite.OpenWith(dsn, r, sqlite.Fetches{Reads: r.reads, Snapshot: r.snapshot, Clock: r.clock}, with...); err != nil {
		t.Fatal(err)
	}
	b.cleanUp()
	return b
}

func (b *bed) cleanUp() {
	b.t.Cleanup(func() {
		if err := b.Close(); err != nil {
			b.t.Error(err)
		}
	})
}

const wal = "_pragma=journal_mode(WAL)"

// must runs statements.
func (b *bed) must(statements ...string) {
	b.t.Helper()
	for _, s := range statements {
		if _, err := b.ExecContext(b.t.Context(), s); err != nil {
			b.t.Fatalf("%s: %v", s, err)
		}
	}
}

// short is topics without what they all begin with.
func (b *bed) short(topics []string) []string {
	out := make([]string, len(topics))
	for i, t := range topics {
		out[i] = strings.ReplaceAll(strings.ReplaceAll(t, "sqlite:"+b.path+"/", ""), "sqlite:"+b.path, "ALL")
	}
	return out
}

// followed is the tables that were read since the last call, sorted.
func (b *bed) followed() (fresh, older []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	tidy := func(topics []string) []string {
		s := b.short(topics)
		slices.Sort(s)
		return slices.DeleteFunc(slices.Compact(s), func(t string) bool { return t == "ALL" && len(s) > 1 })
	}
	fresh, older = tidy(b.read), tidy(b.older)
	b.read, b.older = nil, nil
	return fresh, older
}
