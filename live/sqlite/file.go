package sqlite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/htmxlive/htmxlive/live"
)

// file is a database file, and what its topics are called. All databases that one keeper has open in the file share it: a
// commit of one is no other program's to the next.
type file struct {
	topic   string                  // of the whole file
	each    string                  // the topic of every commit
	counter atomic.Pointer[counter] // nil: no other program writes it
	ledger  ledger
	looking sync.Mutex // held from reading the counter until the ledger has seen it
	telling sync.Mutex // held from looking for commits of other programs until they are published; who begins to watch does not wait for that
	tables  sync.Map   // from the name of a table, as SQLite says it, to its topic

	// generation moves with each change of the schema that is noticed, so that connections ask again what a name means.
	generation atomic.Uint64
}

// Topics of a file are its prefix and its path. Behind that are those of its tables, and one for every commit.
const (
	prefix     = "sqlite:"
	everything = "/*"
)

func newFile(path string) *file {
	topic := fit(prefix + path)
	return &file{topic: topic, each: topic + everything}
}

// count begins to count the commits of a file, unless somebody has. Without a counter, no commit of another program is
// noticed.
func (f *file) count(ctx context.Context, path, vfs string) {
	if f.counter.Load() != nil {
		return
	}
	counter, err := openCounter(path, vfs)
	if err == nil {
		if _, err = counter.first(); err == nil && f.counter.CompareAndSwap(nil, counter) {
			return
		}
		counter.close()
	}
	if err == nil {
		return // somebody has, meanwhile
	}
	slog.WarnContext(ctx, "sqlite: writes of other programs to the file will not be noticed", "file", path, "error", err)
}

// fit shortens what is too long for a topic, and leaves room for an ending. A "?" would begin the conditions of a narrowed topic.
func fit(topic string) string {
	topic = strings.ReplaceAll(topic, "?", "%3F")
	if len(topic) <= live.MaxTopic-len(everything) {
		return topic
	}
	sum := sha256.Sum256([]byte(topic))
	return prefix + "sha256:" + hex.EncodeToString(sum[:])
}

// table is the topic of a table. SQLite's names are the same in upper and lower case.
func (f *file) table(name string) string {
	if topic, ok := f.tables.Load(name); ok {
		return topic.(string)
	}
	topic := fit(f.topic + "/" + strings.ToLower(name))
	f.tables.Store(name, topic)
	return topic
}

// watch begins to look for commits of other programs, or ends it, for one of the databases.
func (f *file) watch(begin bool) {
	counter := f.counter.Load()
	if counter == nil {
		return
	}
	f.looking.Lock()
	defer f.looking.Unlock()
	if !begin {
		f.ledger.stop()
		return
	}
	now, _ := counter.read() // if it cannot be read, the first look that can finds another number
	f.ledger.start(now)
}

// changed reports whether another program has committed to the file since it was called last.
func (f *file) changed() bool {
	counter := f.counter.Load()
	if counter == nil {
		return false
	}
	f.looking.Lock()
	defer f.looking.Unlock()
	now, err := counter.read()
	if err == nil && !now.wal && f.ledger.suspicious(now) {
		now, err = counter.readCommitted() // in this mode the number moves before the commit is certain
	}
	return err == nil && f.ledger.look(now)
}

// claim claims the number of the commit that is about to happen. The connection holds the file's write lock.
func (f *file) claim() (next commits, ok bool) {
	counter := f.counter.Load()
	if counter == nil {
		return commits{}, false
	}
	now, err := counter.read()
	if err != nil {
		return commits{}, false
	}
	now.n++
	f.ledger.claim(now)
	return now, true
}

// settle ends a claim. It reports whether the commit has taken its number, which it has not where it wrote nothing.
func (f *file) settle(claimed commits, wrote bool) bool {
	if wrote {
		now, err := f.counter.Load().read()
		wrote = err == nil && now.wal == claimed.wal && !after(claimed.n, now.n)
	}
	f.ledger.settle(claimed, wrote)
	return wrote
}
