package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// Results is everything that a run of the bench found.
type Results struct {
	Machine Machine
	Command string
	Took    time.Duration

	Sample   Sample // the event of one changed row
	RowBytes int    // the changed row alone

	PerFetch float64 // bytes that a refetch of rows as large as those of Stalled allocates, for one page

	Fanout  []Point
	Stalled []Point // each transport without, then with readers that stall
	Growth  *Growth
	Private *PrivateTook
	Topics  map[int][]time.Duration // what a notification costs, by the number of other topics

	Filtered map[int][]FilteredTook // what a written row costs, by the number of open lists with other filters
	Costs    []Cost

	Cluster []ClusterTook
	Engines []Engine
	Commits []Commits

	Time       []Share // of one change, in µs of the server's CPU
	TimeOf     Case
	Memory     []Share // of one idle page, in bytes
	MemoryBare []Share // likewise, of the plain loop
}

// Point is a case and what its runs found.
type Point struct {
	Case

	Runs []Run
}

// spread of what value says of each run.
func (p Point) spread(value func(Run) float64) Spread { return spreadOf(p.Runs, value) }

// Growth is what a server with open pages holds before and after a great many notifications.
type Growth struct {
	Streams, Notifications int
	Before, After          Usage
	Counts                 Counts
}

// Machine is where the bench ran.
type Machine struct {
	CPU, Kernel, Go, Commit string
	Cores                   int
	Load                    string // of the last minute, when the bench began
	When                    time.Time
}

func thisMachine(ctx context.Context) Machine {
	m := Machine{
		CPU: "unknown", Go: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), When: time.Now(),
		Kernel: firstLine("/proc/sys/kernel/osrelease"), Load: strings.SplitN(firstLine("/proc/loadavg"), " ", 2)[0],
	}
	cpuinfo, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(cpuinfo)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	if commit, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		m.Commit = strings.TrimSpace(string(commit))
	}
	return m
}

func firstLine(path string) string {
	b, _ := os.ReadFile(path)
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}

// most is the largest number of streams that was measured.
func (r *Results) most() int {
	n := 0
	for _, p := range r.Fanout {
		n = max(n, p.Streams)
	}
	return n
}

func (r *Results) point(transport string, streams int) *Point {
	for i, p := range r.Fanout {
		if p.Transport == transport && p.Streams == streams {
			return &r.Fanout[i]
		}
	}
	return nil
}

func (r *Results) stalledPoint(transport string, stalled bool) *Point {
	for i, p := range r.Stalled {
		if p.Transport == transport && (p.Stalled > 0) == stalled {
			return &r.Stalled[i]
		}
	}
	return nil
}

// topics is the most or the least other topics that were measured.
func (r *Results) topics(most bool) int {
	found := 0
	for n := range r.Topics {
		if found == 0 || (n > found) == most {
			found = n
		}
	}
	return found
}
