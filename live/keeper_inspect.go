package live

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Stats counts what a Keeper did since it was made.
type Stats struct {
	Notifications uint64        // topics published on this node
	Fetches       uint64        // of any query, failed ones included
	Failures      uint64        // fetches, renders and hooks that failed after the first load
	Streams       int           // open now
	Shared        int           // shared queries that run or linger now
	Topics        int           // followed now
	Checks        uint64        // fetches of CheckInterval, which Fetches includes
	Findings      uint64        // checks that found what nobody had published
	Resyncs       uint64        // of this node: everything was refetched, for notifications may have been lost
	PublishErrors uint64        // frames, heartbeats among them, that the broker did not take
	Nodes         int           // other nodes that are heard now
	Silent        int           // other nodes that fell silent without a farewell in the last ten minutes: dead, or behind a cut route
	Away          time.Duration // for how long this node has not heard the others, as heartbeats and Stats have noticed; 0 while Keeper.Connected
}

// Stats is cheap enough for every scrape.
func (k *Keeper) Stats() Stats {
	k.mu.Lock()
	shared := len(k.shared)
	k.mu.Unlock()
	now := time.Now()
	heard, silent := k.peers.count(now)
	return Stats{
		Notifications: k.stats.notifications.Load(), Fetches: k.stats.fetches.Load(), Failures: k.stats.failures.Load(),
		Streams: int(k.stats.streams.Load()), Shared: shared, Topics: k.hub.size(),
		Checks: k.stats.checks.Load(), Findings: k.stats.findings.Load(),
		Resyncs: k.stats.resyncs.Load(), PublishErrors: k.link.errors.Load(), Nodes: heard, Silent: silent, Away: k.link.away(now),
	}
}

// StreamInfo describes an open stream, for an inspector. It names no secret.
type StreamInfo struct {
	Session string // a prefix of the hidden session key: enough to tell sessions apart
	User    string
	Path    string
	Query   string
	Assigns []string
	Since   time.Time
}

// SharedQueryInfo describes a shared query that runs or lingers, for an inspector.
type SharedQueryInfo struct {
	Name    string
	Scope   string
	Page    string
	Viewers int
	Topics  []string
	Failing bool
}

// Inspect lists the open streams, oldest first, and the shared queries by name.
func (k *Keeper) Inspect() ([]StreamInfo, []SharedQueryInfo) {
	k.mu.Lock()
	var sockets []*Socket
	for _, streams := range k.sessions {
		sockets = append(sockets, streams...)
	}
	shared := maps.Clone(k.shared)
	k.mu.Unlock()

	streams := make([]StreamInfo, len(sockets))
	for i, s := range sockets {
		streams[i] = s.describe()
	}
	slices.SortFunc(streams, func(a, b StreamInfo) int { return a.Since.Compare(b.Since) })
	queries := make([]SharedQueryInfo, 0, len(shared))
	for key, q := range shared {
		queries = append(queries, q.cohort.describe(key))
	}
	slices.SortFunc(queries, func(a, b SharedQueryInfo) int {
		return strings.Compare(a.Name+"\x00"+a.Scope+"\x00"+a.Page, b.Name+"\x00"+b.Scope+"\x00"+b.Page)
	})
	return streams, queries
}

func (s *Socket) describe() StreamInfo {
	return StreamInfo{
		Session: hidden(s.cfg.Session)[:8], User: s.cfg.User,
		Path: s.cfg.Path, Query: s.opening, Assigns: s.names(), Since: s.opened,
	}
}

func (c *cohort) describe(key shareKey) SharedQueryInfo {
	c.mu.Lock()
	defer c.mu.Unlock()
	return SharedQueryInfo{
		Name: key.name, Scope: key.scope, Page: key.page, Viewers: c.schedule.watching,
		Topics: c.followed(), Failing: c.err != nil,
	}
}

// names of the assigns, sorted, for other goroutines.
func (s *Socket) names() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.byName() {
		names = append(names, a.name)
	}
	return names
}
