package live

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

type counters struct {
	Notifications, Fetches, Failures atomic.Uint64
	Streams                          atomic.Int64
}

// Stats counts what a Keeper did since it was made.
type Stats struct {
	Notifications uint64 // topics published on this node
	Fetches       uint64 // of any query, failed ones included
	Failures      uint64 // fetches, renders and hooks that failed after the first load
	Streams       int    // open now
	Shared        int    // shared queries that run or linger now
	Topics        int    // followed now
}

// Stats is cheap enough for every scrape.
func (k *Keeper) Stats() Stats {
	k.mu.Lock()
	shared := len(k.shared)
	k.mu.Unlock()
	return Stats{
		Notifications: k.stats.Notifications.Load(), Fetches: k.stats.Fetches.Load(), Failures: k.stats.Failures.Load(),
		Streams: int(k.stats.Streams.Load()), Shared: shared, Topics: k.hub.size(),
	}
}

// Stream describes an open stream, for an inspector. It names no secret.
type Stream struct {
	Session string // a prefix of the hidden session key: enough to tell sessions apart
	User    string
	Path    string
	Query   string
	Assigns []string
	Since   time.Time
}

// SharedQuery describes a shared query that runs or lingers, for an inspector.
type SharedQuery struct {
	Name    string
	Scope   string
	Page    string
	Viewers int
	Topics  []string
	Failing bool
}

// Inspect lists the open streams, oldest first, and the shared queries by name.
func (k *Keeper) Inspect() ([]Stream, []SharedQuery) {
	k.mu.Lock()
	var sockets []*Socket
	for _, streams := range k.sessions {
		sockets = append(sockets, streams...)
	}
	shared := maps.Clone(k.shared)
	k.mu.Unlock()

	streams := make([]Stream, len(sockets))
	for i, s := range sockets {
		streams[i] = s.describe()
	}
	slices.SortFunc(streams, func(a, b Stream) int { return a.Since.Compare(b.Since) })
	queries := make([]SharedQuery, 0, len(shared))
	for key, c := range shared {
		queries = append(queries, c.describe(key))
	}
	slices.SortFunc(queries, func(a, b SharedQuery) int {
		return strings.Compare(a.Name+"\x00"+a.Scope+"\x00"+a.Page, b.Name+"\x00"+b.Scope+"\x00"+b.Page)
	})
	return streams, queries
}

func (s *Socket) describe() Stream {
	return Stream{
		Session: strings.TrimPrefix(kickTopicOf(s.cfg.Session), kickTopic)[:8], User: s.cfg.User,
		Path: s.cfg.Path, Query: s.opening, Assigns: s.names(), Since: s.opened,
	}
}

func (c *cohort) describe(key shareKey) SharedQuery {
	c.mu.Lock()
	defer c.mu.Unlock()
	return SharedQuery{
		Name: key.name, Scope: key.scope, Page: key.page, Viewers: c.watching,
		Topics: slices.Sorted(maps.Keys(c.topics)), Failing: c.err != nil,
	}
}
