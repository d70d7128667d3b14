package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// suite is what is measured, and how large.
type suite struct {
	only    *regexp.Regexp
	log     func(format string, args ...any)
	runs    int
	sizes   []size
	stalled size
	notify  int // notifications
	queries int // private ones
	topics  int // the most
	lists   []int
	rounds  int // of each kind of statement
	cluster []ClusterSize
	engines EnginesOf
}

// size is a number of streams and a schedule that a server can keep up with.
type size struct {
	streams, stalled, changes int
	interval                  time.Duration
	row                       int
}

// rowBytes is the size of a changed row: an ordinary one, and one that fills the buffers of a client that does not read.
const (
	rowBytes      = 320
	rowBytesLarge = 4000
)

func fullSuite(runs int) suite {
	return suite{
		runs: runs,
		sizes: []size{
			{streams: 100, changes: 150, interval: 20 * time.Millisecond, row: rowBytes},
			{streams: 1000, changes: 40, interval: 100 * time.Millisecond, row: rowBytes},
			{streams: 10_000, changes: 12, interval: 500 * time.Millisecond, row: rowBytes},
		},
		stalled: size{streams: 1000, stalled: 10, changes: 160, interval: 50 * time.Millisecond, row: rowBytesLarge},
		notify:  1_000_000, queries: 1000, topics: 100_000, lists: []int{10, 1000, 100_000}, rounds: 40,
		cluster: []ClusterSize{
			{Nodes: 1, Pages: 100_000, Teams: 250, Rounds: 5},
			{Nodes: 10, Pages: 100_000, Teams: 250, Rounds: 5},
			{Nodes: 100, Pages: 100_000, Teams: 250, Rounds: 5},
		},
		engines: EnginesOf{For: 2 * time.Second, Rounds: 3},
	}
}

func quickSuite(runs int) suite {
	return suite{
		runs: runs,
		sizes: []size{
			{streams: 100, changes: 50, interval: 20 * time.Millisecond, row: rowBytes},
			{streams: 1000, changes: 15, interval: 100 * time.Millisecond, row: rowBytes},
		},
		stalled: size{streams: 200, stalled: 2, changes: 60, interval: 50 * time.Millisecond, row: rowBytesLarge},
		notify:  100_000, queries: 200, topics: 100_000, lists: []int{10, 1000, 10_000}, rounds: 10,
		cluster: []ClusterSize{{Nodes: 3, Pages: 3000, Teams: 30, Rounds: 3}},
		engines: EnginesOf{For: 300 * time.Millisecond, Rounds: 1},
	}
}

// experiment is one part of the suite.
type experiment struct {
	name string
	run  func(ctx context.Context, r *Results) error
}

func (s suite) experiments() []experiment {
	return []experiment{
		{"fanout", s.fanout},
		{"stalled", s.stalledReaders},
		{"growth", s.growth},
		{"private", s.private},
		{"topics", s.otherTopics},
		{"facts", s.facts},
		{"costs", s.costs},
		{"cluster", s.clusters},
		{"engines", s.messageEngines},
		{"profile", s.profile},
	}
}

// measure runs the experiments that were asked for.
func (s suite) measure(ctx context.Context, r *Results) error {
	began := time.Now()
	if err := s.capture(ctx, r); err != nil {
		return fmt.Errorf("capture an event: %w", err)
	}
	for _, e := range s.experiments() {
		if !s.only.MatchString(e.name) {
			continue
		}
		s.log("%s\n", e.name)
		if err := e.run(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	r.Took = time.Since(began)
	return nil
}

// capture takes the event of one changed row, and the row.
func (s suite) capture(ctx context.Context, r *Results) (err error) {
	one, err := capture(ctx, rowBytes)
	if err != nil {
		return err
	}
	r.Sample = one.Last
	data, err := openTickets(ctx, bareSQLite, rowBytes, 1)
	if err != nil {
		return err
	}
	defer data.close()
	list, err := data.ofTeam(ctx, 1)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = page.ExecuteTemplate(&b, "row", list[changedRow-1])
	r.RowBytes = b.Len()
	return err
}

// captured is what one page was sent for one changed row, and what each change took.
type captured struct{ Run }

const capturedChanges = 20

func capture(ctx context.Context, row int) (captured, error) {
	c := Case{Setup: Setup{Transport: stackName, RowBytes: row}, Streams: 1, Changes: capturedChanges, Interval: 20 * time.Millisecond}
	run, err := c.measure(ctx)
	if err != nil {
		return captured{}, err
	}
	return captured{run}, Sample(run.Last).check()
}

// perFetch is the bytes that a refetch allocates however many pages see it: fetched, rendered, compared.
func (c captured) perFetch() float64 {
	return float64(c.Spent.Allocated) / float64(max(1, c.Counts.Fetches))
}

func (s suite) fanout(ctx context.Context, r *Results) (err error) {
	for _, size := range s.sizes {
		points := size.points(r.Sample, transportNames())
		if err := s.run(ctx, points); err != nil {
			return err
		}
		r.Fanout = append(r.Fanout, points...)
	}
	return nil
}

// stalledReaders compares all transports while some readers stall, and those that survive it with themselves.
func (s suite) stalledReaders(ctx context.Context, r *Results) error {
	one, err := capture(ctx, s.stalled.row)
	if err != nil {
		return err
	}
	sample := Sample(one.Last)
	r.PerFetch = one.perFetch()
	quiet := s.stalled
	quiet.stalled = 0
	r.Stalled = append(quiet.points(sample, []string{plainName, transportName, stackName}), s.stalled.points(sample, transportNames())...)
	return s.run(ctx, r.Stalled)
}

func (s size) points(sample Sample, transports []string) []Point {
	var points []Point
	for _, name := range transports {
		points = append(points, Point{Case: Case{
			Setup:   Setup{Transport: name, RowBytes: s.row, Sample: sample},
			Streams: s.streams, Stalled: s.stalled, Changes: s.changes, Interval: s.interval,
		}})
	}
	return points
}

// run measures the points in turn, and all of them again for each run: what disturbs the machine for a while disturbs
// all alike.
func (s suite) run(ctx context.Context, points []Point) error {
	for range s.runs {
		for i := range points {
			run, err := points[i].measure(ctx)
			if err != nil {
				return fmt.Errorf("%s, %d streams: %w", points[i].Transport, points[i].Streams, err)
			}
			s.log("  %-24s %5d streams %3d stalled  %6.1f µs a message  p50 %8s  p99 %8s  seen %d of %d  %5.1f KB a stream\n",
				points[i].Transport, points[i].Streams, points[i].Stalled, run.perMessage(), ms(run.P50), ms(run.P99),
				run.Expected-run.Missing, run.Expected, points[i].perStream(run, rss))
			run.Last = nil
			points[i].Runs = append(points[i].Runs, run)
		}
	}
	return nil
}

// profile says where the time of a change and the memory of an idle page go.
func (s suite) profile(ctx context.Context, r *Results) error {
	dir, err := os.MkdirTemp("", "htmxlive-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	points := s.sizes[len(s.sizes)-1].points(nil, []string{stackName})
	r.TimeOf = points[0].Case
	if r.Time, err = r.TimeOf.time(ctx, filepath.Join(dir, "cpu")); err != nil {
		return err
	}
	idle := Case{Setup: Setup{Transport: stackName, RowBytes: rowBytes}, Streams: 1000}
	if r.Memory, err = idle.memory(ctx, filepath.Join(dir, "heap")); err != nil {
		return err
	}
	idle.Transport, idle.Sample = plainName, r.Sample
	r.MemoryBare, err = idle.memory(ctx, filepath.Join(dir, "bare"))
	return err
}
