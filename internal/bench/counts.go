package main

import "sync/atomic"

// Counts is what the whole stack has done so far.
type Counts struct {
	Fetches int64 // queries run
	Rows    int64 // rows rendered
}

type counters struct{ fetches, rows atomic.Int64 }

func (c *counters) now() Counts { return Counts{Fetches: c.fetches.Load(), Rows: c.rows.Load()} }

// since is what was done after an earlier count.
func (c Counts) since(before Counts) Counts {
	return Counts{Fetches: c.Fetches - before.Fetches, Rows: c.Rows - before.Rows}
}
