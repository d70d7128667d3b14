package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"
	"time"
)

// The part of docs/benchmarks.md that the bench writes stands between these lines; the rest is written by hand.
const (
	reportBegin = "<!-- what follows is written by make bench -->"
	reportEnd   = "<!-- end of what make bench writes -->"
)

// insert puts the report in its place in the document; at the end, under a heading of its own, if there is none.
func insert(doc, report string) string {
	before, rest, ok := strings.Cut(doc, reportBegin)
	_, after, closed := strings.Cut(rest, reportEnd)
	if !ok || !closed {
		before, after = doc+"\n## one change, many pages\n\n", "\n"
	}
	return before + reportBegin + "\n\n" + report + "\n" + reportEnd + after
}

//nolint:gochecknoglobals // templates are parsed once
var report = template.Must(template.New("report").Funcs(template.FuncMap{
	"ms": ms, "around": around, "plain": plainNumber, "verdict": verdict, "percent": percent, "sum": sum, "share": share,
}).Parse(`{{$r := .}}![One change for many pages](benchmarks.svg)

Measured on {{.Machine.When.Format "2006-01-02 15:04 MST"}}, commit {{or .Machine.Commit "unknown"}}, in {{.Took.Round 1000000000}}: {{.Machine.Cores}} cores of {{.Machine.CPU}},
Linux {{.Machine.Kernel}}, {{.Machine.Go}}, load {{.Machine.Load}} when it began. Command: ` + "`{{.Command}}`" + `. Numbers are medians of the runs, with the least
and the most behind them.

### Goals

| what | at most | is | |
|---|---|---|---|
{{range .Goals}}| {{.What}} | {{plain .AtMost}} {{.Unit}} | {{around .Is}} {{.Unit}} | {{verdict .}} |
{{end}}
{{range .Fanout}}### {{.Streams}} pages

Every page sees each of {{.Changes}} changes, one every {{.Interval}}. CPU is the server's user and system time for each
message that arrived.

| transport | CPU a message, µs | p50, ms | p99, ms | seen | KB a page: idle | settled | after |
|---|---|---|---|---|---|---|---|
{{range .Rows}}| {{.Name}} | {{around .CPU}} | {{around .P50}} | {{around .P99}} | {{.Seen}} | {{around .Idle}} | {{around .Settled}} | {{around .After}} |
{{end}}
{{end}}{{with .Stalled}}### Readers that stall

{{.Streams}} pages, of which {{.Stalled}} connect and never read; rows of {{.Row}} bytes, {{.Changes}} changes, one every {{.Interval}}. Counted are the
pages that read.

| transport | stalled | CPU a message, µs | p50, ms | p99, ms | seen | allocated a message, bytes |
|---|---|---|---|---|---|---|
{{range .Rows}}| {{.Name}} | {{.Stalled}} | {{around .CPU}} | {{around .P50}} | {{around .P99}} | {{.Seen}} | {{around .Allocated}} |
{{end}}
{{end}}### A changed row on the wire

One row of {{.Rows}} has changed. Its HTML has {{.RowBytes}} bytes, the event {{.EventBytes}}:

` + "```" + `
{{.Event}}
` + "```" + `
{{with .Private}}
### Queries that nobody shares

{{.}}
{{end}}{{with .Topics}}
### Notifications

{{.}}
{{end}}{{with .Growth}}
{{.}}
{{end}}{{if .Filtered}}
### Lists with other filters

So many pages are open, each with the list of another team and another status. A row is written, and told with its values. To find the list that it
can concern, and to mark it:

| lists | µs a row | fetches a row |
|---|---|---|
{{range .Filtered}}| {{.Lists}} | {{around .Took}} | {{around .Fetches}} |
{{end}}{{end}}{{if .Costs}}
### What a watched database costs

The same statements through htmxlive's driver and through the driver beneath alone, in turns; queries run inside of a fetch that records them.

| | driver alone, µs | watched, µs | more, µs | ratio |
|---|---|---|---|---|
{{range .Costs}}| {{.What}} | {{around .Bare}} | {{around .With}} | {{around .More}} | {{around .Ratio}} |
{{end}}{{end}}{{if .Cluster}}
### Many nodes with many pages

Keepers of one process on one processor, over a network of {{.ClusterLatency}} that is simulated, without HTTP. Each page shows a dashboard that is everybody's, the list of
its team and a result of its own; a fetch costs nothing here. CPU is that of all nodes together, and the last page has the change when one processor has
done the work of all of them.

| nodes | pages | KB a page | to open one, µs CPU | processors while idle | change | pages that show it | fetches | CPU, ms | µs a page | until the last page has it, ms |
|---|---|---|---|---|---|---|---|---|---|---|
{{range .Cluster}}| {{.Nodes}} | {{.Pages}} | {{plain .KB}} | {{plain .Opening}} | {{plain .Idle}} | {{.What}} | {{.Shown}} | {{.Fetches}} | {{around .CPU}} | {{around .Each}} | {{around .Last}} |
{{end}}{{end}}{{if .Engines}}
### Engines between nodes

Frames of 100 bytes, each confirmed before the next of the same goroutine, from one node to another; the engine's own process works on the same
two cores. The ratios are to be compared, not the numbers.

| engine | goroutines | published a second | heard a second | one publication, ms |
|---|---|---|---|---|
{{range .Engines}}| {{.Name}} | {{.Publishers}} | {{around .Published}} | {{around .Heard}} | {{around .Each}} |
{{end}}{{end}}{{if .Commits}}
PostgreSQL lets one transaction commit at a time that has said NOTIFY, and each waits for the disk. Commits a second that update one row:

| writers | UPDATE | UPDATE and NOTIFY | ratio |
|---|---|---|---|
{{range .Commits}}| {{.Writers}} | {{around .Plain}} | {{around .Notifying}} | {{around .Ratio}} |
{{end}}{{end}}{{if .Time}}
### Where the time of one change goes

{{.TimeOf.Streams}} pages, {{sum .Time}} µs of the server for one change, by a CPU profile of the whole stack; each µs counts for the
innermost function that belongs to somebody.

| | µs a change | µs a page | share |
|---|---|---|---|
{{range .Time}}| {{.What}} | {{plain .Value}} | {{plain (share .Value $r.TimeOf.Streams)}} | {{percent .Value $r.Time}} |
{{end}}{{end}}{{if .Memory}}
### Where the memory of an idle page goes

1000 pages, settled, in bytes for each page; the heap by a heap profile that counts every object.

| | whole stack | plain loop |
|---|---|---|
{{range .Memory}}| {{.What}} | {{printf "%.0f" .Stack}} | {{printf "%.0f" .Bare}} |
{{end}}{{end}}`))

// write writes the results as Markdown.
func (r *Results) write(w io.Writer) error { return report.Execute(w, r.tables()) }

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1e3) }

// plainNumber is a number with about three digits.
func plainNumber(v float64) string {
	switch {
	case v >= 100 || v == float64(int(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 10 || v <= -10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func around(s Spread) string {
	if s.Min == s.Max {
		return plainNumber(s.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", plainNumber(s.Median), plainNumber(s.Min), plainNumber(s.Max))
}

func verdict(g Goal) string {
	if g.met() {
		return "met"
	}
	return "**missed**"
}

func sum(shares []Share) string {
	var total float64
	for _, s := range shares {
		total += s.Value
	}
	return plainNumber(total)
}

func percent(v float64, of []Share) string {
	var total float64
	for _, s := range of {
		total += s.Value
	}
	return fmt.Sprintf("%.0f %%", 100*v/total)
}

func share(v float64, of int) float64 { return v / float64(of) }

// seenOf says how many of the changes were seen, of all that should have been, in all runs.
func seenOf(runs []Run) string {
	var missing, expected int
	for _, r := range runs {
		missing += r.Missing
		expected += r.Expected
	}
	if missing == 0 {
		return "all"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(expected-missing)/float64(expected))
}

// sizes are the numbers of streams that were measured.
func (r *Results) sizes() []int {
	var sizes []int
	for _, p := range r.Fanout {
		if !slices.Contains(sizes, p.Streams) {
			sizes = append(sizes, p.Streams)
		}
	}
	slices.Sort(sizes)
	slices.Reverse(sizes)
	return sizes
}
