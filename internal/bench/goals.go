package main

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Goal is what a ratio or number may be at most, and what it is.
type Goal struct {
	What   string
	AtMost float64
	Is     Spread
	Unit   string
}

func (g Goal) met() bool { return g.Is.Median <= g.AtMost }

// goals are those of the results that were measured.
func (r *Results) goals() []Goal {
	var goals []Goal
	if n := r.most(); n > 0 {
		goals = append(goals, r.fanoutGoals(n)...)
	}
	if few, plain := r.point(stackName, 100), r.point(plainName, 100); few != nil && plain != nil {
		goals = append(goals, Goal{"CPU a message with 100 pages, to the plain loop's", 1.1, ratio(*few, *plain, Run.perMessage), "×"})
		if byHand := r.point(byHandName, 100); byHand != nil {
			goals = append(goals, Goal{"the same, to a plain loop's that commits, reads and renders the row", 1.1, ratio(*few, *byHand, Run.perMessage), "×"})
		}
	}
	if with, without := r.stalledPoint(stackName, true), r.stalledPoint(stackName, false); with != nil && without != nil {
		goals = append(goals,
			Goal{"p99 with 1 % of the readers stalled, to p99 without", 1.2, ratio(*with, *without, p99), "×"},
			Goal{fmt.Sprintf("allocated for each message, rows of %d bytes", with.RowBytes), 512, r.allocated(*without), "bytes"},
			Goal{"memory that a stalled reader makes the server hold", 64, r.heldByStalled(*with, *without), "KB"})
	}
	if r.RowBytes > 0 {
		wire := float64(len(r.Sample)+len("\n\n")) / float64(r.RowBytes)
		goals = append(goals, Goal{"event for a changed row, to the row's HTML", 1.5, Spread{wire, wire, wire}, "×"})
	}
	if g := r.Growth; g != nil {
		grown := float64(g.After.Heap-g.Before.Heap) / 1024
		goals = append(goals, Goal{fmt.Sprintf("heap that %d notifications leave behind, %d pages open", g.Notifications, g.Streams), 64, Spread{grown, grown, grown}, "KB"})
	}
	return slices.Concat(goals, r.labGoals(), r.factsGoals(), r.costsGoals(), r.clusterGoals())
}

// factsGoals are about one row that is written beside many lists.
func (r *Results) factsGoals() (goals []Goal) {
	sizes := slices.Sorted(maps.Keys(r.Filtered))
	if len(sizes) == 0 {
		return nil
	}
	few, many := sizes[0], sizes[len(sizes)-1]
	each := func(t FilteredTook) float64 { return micros(t.Each) }
	for _, n := range sizes {
		fetches := spreadOf(r.Filtered[n], func(t FilteredTook) float64 { return float64(t.Fetches) / filteredWrites })
		goals = append(goals, Goal{fmt.Sprintf("fetches for a written row, %d lists with other filters", n), 1, fetches, ""})
	}
	return append(goals,
		Goal{fmt.Sprintf("to find the list of a written row among %d", many), 1000, spreadOf(r.Filtered[many], each), "µs"},
		Goal{fmt.Sprintf("the same, to among %d", few), 2, spreadOf(zip(r.Filtered[many], r.Filtered[few]), func(p pairOf[FilteredTook]) float64 { return each(p.a) / each(p.b) }), "×"})
}

func (r *Results) costsGoals() (goals []Goal) {
	for _, c := range r.Costs {
		pairs := zip(c.With, c.Bare)
		if c.AtMost > 0 {
			goals = append(goals, Goal{c.What + ", to the driver's alone", c.AtMost, spreadOf(pairs, func(p pairOf[time.Duration]) float64 { return p.a.Seconds() / p.b.Seconds() }), "×"})
		}
		if c.AtMostMore > 0 {
			goals = append(goals, Goal{
				c.What + ", more than the driver's alone", float64(c.AtMostMore.Microseconds()),
				spreadOf(pairs, func(p pairOf[time.Duration]) float64 { return micros(p.a - p.b) }), "µs",
			})
		}
	}
	return goals
}

// fanoutGoals are about one change for n pages.
func (r *Results) fanoutGoals(n int) []Goal {
	stack, plain, goSSE := r.point(stackName, n), r.point(plainName, n), r.point(goSSEName, n)
	if stack == nil || plain == nil || goSSE == nil {
		return nil
	}
	counts := func(of func(Counts) int64) Spread {
		return stack.spread(func(r Run) float64 { return float64(of(r.Counts)) / float64(stack.Changes) })
	}
	resident := func(p Point) func(Run) float64 {
		return func(r Run) float64 { return p.perStream(r, rss) }
	}
	memory := spreadOf(zip(stack.Runs, plain.Runs), func(p pair) float64 { return resident(*stack)(p.a) / resident(*plain)(p.b) })
	goals := []Goal{
		{fmt.Sprintf("fetches for one change, %d pages", n), 1, counts(func(c Counts) int64 { return c.Fetches }), ""},
		{fmt.Sprintf("rows rendered for one change, of %d shown", tableRows), 1, counts(func(c Counts) int64 { return c.Rows }), ""},
		{"CPU a message, to the plain loop's", 1.25, ratio(*stack, *plain, Run.perMessage), "×"},
		{"CPU a message, to go-sse's", 1, ratio(*stack, *goSSE, Run.perMessage), "×"},
	}
	for _, name := range []string{r3labsName, r3labsPagesName} {
		if p := r.point(name, n); p != nil {
			goals = append(goals, Goal{"CPU a message, to that of " + name, 1, ratio(*stack, *p, Run.perMessage), "×"})
		}
	}
	return append(goals,
		Goal{"p99, to go-sse's", 1, ratio(*stack, *goSSE, p99), "×"},
		Goal{"memory of an idle page, to the plain loop's", 1.6, memory, "×"})
}

func (r *Results) labGoals() []Goal {
	var goals []Goal
	if p := r.Private; p != nil {
		took := spreadOf(zip(p.Kept, p.Direct), func(p pairOf[time.Duration]) float64 { return p.a.Seconds() / p.b.Seconds() })
		goals = append(goals, Goal{"refetching private queries, to a loop that fetches and renders", 1.5, took, "×"})
	}
	if few, many := r.topics(false), r.topics(true); few > 0 {
		took := spreadOf(zip(r.Topics[many], r.Topics[few]), func(p pairOf[time.Duration]) float64 { return p.a.Seconds() / p.b.Seconds() })
		goals = append(goals, Goal{fmt.Sprintf("a notification beside %d other topics, to beside %d", many, few), 1.2, took, "×"})
	}
	return goals
}

// allocated is what a message allocates besides what its change does.
func (r *Results) allocated(p Point) Spread {
	return p.spread(func(run Run) float64 { return run.allocated(r.PerFetch) })
}

// heldByStalled is how much more the heap has grown for each reader that does not read, in KB.
func (r *Results) heldByStalled(with, without Point) Spread {
	grown := func(r Run) float64 { return float64(r.End.Heap-r.Settled.Heap) / 1024 }
	return spreadOf(zip(with.Runs, without.Runs), func(p pair) float64 { return (grown(p.a) - grown(p.b)) / float64(with.Stalled) })
}

func p99(r Run) float64 { return r.P99.Seconds() }

// pairOf is what two things were in the same round.
type pairOf[T any] struct{ a, b T }

type pair = pairOf[Run]

func zip[T any](a, b []T) []pairOf[T] {
	pairs := make([]pairOf[T], min(len(a), len(b)))
	for i := range pairs {
		pairs[i] = pairOf[T]{a[i], b[i]}
	}
	return pairs
}

// ratio compares two points, round by round.
func ratio(a, b Point, value func(Run) float64) Spread {
	return spreadOf(zip(a.Runs, b.Runs), func(p pair) float64 { return value(p.a) / value(p.b) })
}
