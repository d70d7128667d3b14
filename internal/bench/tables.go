package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// tables is the results as the report shows them.
type tables struct {
	*Results

	Goals      []Goal
	Fanout     []table
	Stalled    *table
	Rows       int
	EventBytes int
	Event      string
	Private    string
	Topics     string
	Growth     string
	Filtered   []filteredRow
	Costs      []costRow
	Cluster    []clusterRow
	Engines    []engineRow
	Commits    []commitRow
	Memory     []memoryRow
}

// table is one size, all transports.
type table struct {
	Streams, Stalled, Changes, Row int
	Interval                       time.Duration
	Rows                           []row
}

type row struct {
	Name                                           string
	CPU, P50, P99, Idle, Settled, After, Allocated Spread
	Seen                                           string
	Stalled                                        int
}

// filteredRow is what one written row costs beside so many lists.
type filteredRow struct {
	Lists         int
	Took, Fetches Spread
}

// costRow is a kind of statement; in µs.
type costRow struct {
	What                    string
	Bare, With, More, Ratio Spread
}

func (r *Results) filteredRows() (rows []filteredRow) {
	for _, n := range slices.Sorted(maps.Keys(r.Filtered)) {
		rows = append(rows, filteredRow{
			Lists:   n,
			Took:    spreadOf(r.Filtered[n], func(t FilteredTook) float64 { return micros(t.Each) }),
			Fetches: spreadOf(r.Filtered[n], func(t FilteredTook) float64 { return float64(t.Fetches) / filteredWrites }),
		})
	}
	return rows
}

func (r *Results) costRows() (rows []costRow) {
	for _, c := range r.Costs {
		pairs := zip(c.With, c.Bare)
		rows = append(rows, costRow{
			What: c.What, Bare: spreadOf(c.Bare, micros), With: spreadOf(c.With, micros),
			More:  spreadOf(pairs, func(p pairOf[time.Duration]) float64 { return micros(p.a - p.b) }),
			Ratio: spreadOf(pairs, func(p pairOf[time.Duration]) float64 { return p.a.Seconds() / p.b.Seconds() }),
		})
	}
	return rows
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

type memoryRow struct {
	What        string
	Stack, Bare float64
}

func (r *Results) tables() tables {
	t := tables{
		Results: r, Goals: r.goals(), Rows: tableRows, Event: string(r.Sample), EventBytes: len(r.Sample) + len("\n\n"),
		Private: r.privateText(), Topics: r.topicsText(), Growth: r.growthText(), Memory: r.memoryRows(),
		Filtered: r.filteredRows(), Costs: r.costRows(),
		Cluster: r.clusterRows(), Engines: r.engineRows(), Commits: r.commitRows(),
	}
	for _, n := range r.sizes() {
		var points []Point
		for _, p := range r.Fanout {
			if p.Streams == n {
				points = append(points, p)
			}
		}
		t.Fanout = append(t.Fanout, r.table(points))
	}
	if len(r.Stalled) > 0 {
		stalled := r.table(r.Stalled)
		t.Stalled = &stalled
	}
	return t
}

func (r *Results) table(points []Point) table {
	last := points[len(points)-1]
	t := table{Streams: last.Streams, Stalled: last.Stalled, Changes: last.Changes, Row: last.RowBytes, Interval: last.Interval}
	for _, p := range points {
		memory := func(of func(Run) Usage) Spread {
			return p.spread(func(r Run) float64 { return float64(of(r).RSS-r.Empty.RSS) / 1024 / float64(p.Streams) })
		}
		t.Rows = append(t.Rows, row{
			Name: p.Transport, Stalled: p.Stalled, Seen: seenOf(p.Runs),
			CPU:       p.spread(Run.perMessage),
			P50:       p.spread(func(r Run) float64 { return r.P50.Seconds() * 1e3 }),
			P99:       p.spread(func(r Run) float64 { return r.P99.Seconds() * 1e3 }),
			Idle:      memory(func(r Run) Usage { return r.Idle }),
			Settled:   memory(func(r Run) Usage { return r.Settled }),
			After:     memory(func(r Run) Usage { return r.After }),
			Allocated: p.spread(func(run Run) float64 { return float64(run.Spent.Allocated) / float64(max(1, run.Events)) }),
		})
	}
	return t
}

func (r *Results) privateText() string {
	if r.Private == nil {
		return ""
	}
	seconds := func(d time.Duration) float64 { return d.Seconds() * 1e3 }
	return fmt.Sprintf("One notification concerns every page, and no two pages show the same rows. From the notification to the last patch: "+
		"%s ms. Fetching and rendering the same in a loop, %d at once as well: %s ms.",
		around(spreadOf(r.Private.Kept, seconds)), fetchesAtOnce, around(spreadOf(r.Private.Direct, seconds)))
}

func (r *Results) topicsText() string {
	few, many := r.topics(false), r.topics(true)
	if few == 0 {
		return ""
	}
	ns := func(d time.Duration) float64 { return float64(d.Nanoseconds()) }
	return fmt.Sprintf("A notification costs its publisher %s ns beside %d other topics that are followed, and %s ns beside %d.",
		around(spreadOf(r.Topics[few], ns)), few, around(spreadOf(r.Topics[many], ns)), many)
}

func (r *Results) growthText() string {
	g := r.Growth
	if g == nil {
		return ""
	}
	return fmt.Sprintf("After %d notifications for %d open pages, published as fast as they can be (they were %d fetches), the server's heap "+
		"holds %d KB instead of %d KB, and %d goroutines live instead of %d.", g.Notifications, g.Streams, g.Counts.Fetches,
		g.After.Heap>>10, g.Before.Heap>>10, g.After.Goroutines, g.Before.Goroutines)
}

// memoryRows puts what the two servers hold side by side.
func (r *Results) memoryRows() []memoryRow {
	bare := map[string]float64{}
	for _, s := range r.MemoryBare {
		bare[s.What] = s.Value
	}
	var rows []memoryRow
	total := memoryRow{What: "**resident in all**"}
	for _, s := range r.Memory {
		rows = append(rows, memoryRow{What: s.What, Stack: s.Value, Bare: bare[s.What]})
		total.Stack += s.Value
	}
	for _, s := range r.MemoryBare {
		total.Bare += s.Value
	}
	if len(rows) > 0 {
		rows = append(rows, total)
	}
	return rows
}

// brief is the goals as lines of text.
func (r *Results) brief() string {
	var b strings.Builder
	for _, g := range r.goals() {
		fmt.Fprintf(&b, "  %-8s %-70s %s %s, at most %s\n", strings.Trim(verdict(g), "*"), g.What, around(g.Is), g.Unit, plainNumber(g.AtMost))
	}
	return b.String()
}
