//go:build unix

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// tally is what happened, by the name of the fault.
type tally struct {
	config

	kinds map[string]*count
	left  string // what was left behind; empty: nothing
}

// count is how often something happened, and what followed.
type count struct {
	times, wrong int
	longest      time.Duration // until all pages were right
}

func newTally(cfg config) tally { return tally{config: cfg, kinds: map[string]*count{}} }

func (t tally) add(names []string, took time.Duration, wrong []string) {
	for _, name := range names {
		c := t.kinds[name]
		if c == nil {
			c = &count{}
			t.kinds[name] = c
		}
		c.times++
		c.wrong += len(wrong)
		c.longest = max(c.longest, took)
	}
}

// wrong is how many pages were wrong, in all rounds.
func (t tally) wrong() (n int) {
	for _, c := range t.kinds {
		n += c.wrong
	}
	return n
}

// print writes the table of docs/reliability.md.
func (t tally) print(out io.Writer) {
	fmt.Fprintf(out, "\n| fault (%s, seed %d) | times | pages | wrong | longest until all were true |\n|---|---|---|---|---|\n", t.engine, t.seed)
	sum := count{}
	for _, name := range slices.Sorted(maps.Keys(t.kinds)) {
		c := t.kinds[name]
		fmt.Fprintf(out, "| %s | %d | %d | %d | %.1f s |\n", name, c.times, t.pages, c.wrong, c.longest.Seconds())
		sum.times, sum.wrong, sum.longest = sum.times+c.times, sum.wrong+c.wrong, max(sum.longest, c.longest)
	}
	fmt.Fprintf(out, "| **all** | %d | %d | %d | %.1f s |\n\n", sum.times, t.pages, sum.wrong, sum.longest.Seconds())
	if t.left == "" {
		fmt.Fprintln(out, "Streams, goroutines and connections are back where they were.")
	} else {
		fmt.Fprint(out, t.left)
	}
}
