package postgres

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// publisher is what a watcher needs of a keeper.
type publisher interface {
	Publish(ctx context.Context, topics ...string) error
	Follows(topic string) bool
	Draining() bool
	nodes
}

// nodes is what a watcher needs to know of other nodes, and to tell them.
type nodes interface {
	HasBroker() bool
	TransactionTimeout() time.Duration
	InDoubt(d time.Duration)
	Resync()
}

// syncer is what a watcher needs of a broker.
type syncer interface {
	Sync(ctx context.Context) error
}

// recorders are the functions of live by which a driver says what is read.
type recorders struct {
	recording       func(ctx context.Context) bool
	reads, snapshot func(ctx context.Context, topics ...string)
	clock           func(ctx context.Context, what string)
	fail            func(ctx context.Context, err error)
}

// watcher is what the connections of one Watch share. It is their tracer.
type watcher struct {
	options Watch
	keeper  publisher
	broker  syncer
	log     *slog.Logger
	reads   recorders
	side    side
	unheard bool         // the keeper has no broker, so it does not hear triggers
	open    atomic.Int64 // connections of a pool
	late    late
	older   older

	connected atomic.Bool // a connection has asked for older transactions

	texts sync.Map     // *text by the statement
	count atomic.Int64 // of texts

	schema schema
	names  struct {
		sync.Mutex // guards everything below

		said map[string]struct{} // tables and relations of which the log has said something
	}
}

// textsMost is how many statements are remembered. Beyond it all are forgotten.
const textsMost = 10_000

// textMost is how long a statement can be to be remembered.
const textMost = 64 << 10

func newWatcher(o Watch, keeper publisher) *watcher {
	w := &watcher{
		options: o, keeper: keeper, log: cmp.Or(o.Logger, slog.Default()),
		reads: recorders{live.Recording, live.Reads, live.ReadsSnapshot, live.ReadsClock, live.FailFetch},
	}
	if o.Broker != nil {
		w.broker = o.Broker
	}
	w.unheard = !keeper.HasBroker()
	w.late = late{timeout: keeper.TransactionTimeout()}
	w.side.declared = o.Functions
	w.schema.wake = make(chan struct{}, 1)
	w.names.said = map[string]struct{}{}
	return w
}

// textOf is what is remembered of a statement.
func (w *watcher) textOf(sql string) *text {
	if t, ok := w.texts.Load(sql); ok {
		return t.(*text)
	}
	t := newText(sql, w.schema.functions())
	if len(sql) > textMost {
		return t
	}
	if w.count.Add(1) > textsMost {
		w.forget()
	}
	known, loaded := w.texts.LoadOrStore(sql, t)
	if loaded {
		w.count.Add(-1)
	}
	return known.(*text)
}

func (w *watcher) forget() {
	w.texts.Clear()
	w.count.Store(0)
}

// first reports whether something is said for the first time.
func (w *watcher) first(what string) bool {
	w.names.Lock()
	defer w.names.Unlock()
	_, known := w.names.said[what]
	if !known && len(w.names.said) < textsMost {
		w.names.said[what] = struct{}{}
	}
	return !known
}

// rest ends what no connection needs at the moment.
func (w *watcher) rest() {
	w.stopOlder()
	w.schema.stop()
	w.side.rest()
}

// close ends it for good.
func (w *watcher) close() {
	w.late.close()
	w.stopOlder()
	w.schema.stop()
	w.side.close()
}
