package sqlite

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"

	"github.com/htmxlive/htmxlive/live"
)

// file is a database file, and what its topics are called.
type file struct {
	topic   string   // of the whole file
	counter *counter // nil: no other program writes it
	ledger  ledger
	looking sync.Mutex // held from reading the counter until the ledger has seen it
}

// Topics of a file are its prefix and its path. Behind that are those of its tables, and one for every commit.
const (
	prefix     = "sqlite:"
	everything = "/*"
)

func newFile(path string) *file { return &file{topic: fit(prefix + path)} }

// fit shortens what is too long for a topic, and leaves room for an ending.
func fit(topic string) string {
	if len(topic) <= live.MaxTopic-len(everything) {
		return topic
	}
	sum := sha256.Sum256([]byte(topic))
	return prefix + "sha256:" + hex.EncodeToString(sum[:])
}

// table is the topic of a table. SQLite's names are the same in upper and lower case.
func (f *file) table(name string) string { return fit(f.topic + "/" + strings.ToLower(name)) }

// every is the topic of every commit.
func (f *file) every() string { return f.topic + everything }

// watch begins to look for commits of other programs, or ends it.
func (f *file) watch(begin bool) {
	if f.counter == nil {
		return
	}
	if !begin {
		f.ledger.stop()
		return
	}
	f.looking.Lock()
	defer f.looking.Unlock()
	if now, err := f.counter.read(); err == nil {
		f.ledger.start(now)
	}
}

// changed reports whether another program has committed to the file since it was called last.
func (f *file) changed() bool {
	if f.counter == nil {
		return false
	}
	f.looking.Lock()
	defer f.looking.Unlock()
	now, err := f.counter.read()
	if err == nil && !now.wal && f.ledger.suspicious(now) {
		now, err = f.counter.readCommitted() // in this mode the number moves before the commit is certain
	}
	return err == nil && f.ledger.look(now)
}

func (f *file) close() {
	if f.counter != nil {
		f.counter.close()
	}
}

// claim claims the number of the commit that is about to happen. The connection holds the file's write lock.
func (f *file) claim() (next commits, ok bool) {
	if f.counter == nil {
		return commits{}, false
	}
	now, err := f.counter.read()
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
		now, err := f.counter.read()
		wrote = err == nil && now.wal == claimed.wal && !after(claimed.n, now.n)
	}
	f.ledger.settle(claimed, wrote)
	return wrote
}
