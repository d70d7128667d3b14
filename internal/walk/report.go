package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What the columns and the words mean: each is printed above what it explains.
const (
	functionsLegend = "place in the order of calls, steps of " + storyFile + " that link to its file, function, where it is declared"
	countsLegend    = "how many functions, and where they are declared"
	callsLegend     = "calling package > called package, its function (where the call is), by the interface that it goes through"
	typesLegend     = "package (how many): the types that have a method among the functions above, or are named in their code"
	arrowsLegend    = "An arrow: a file names something that another file of its package declares.\n" +
		"Upward: an arrow from a file of a lower layer to one of a higher (layers.go orders them), and what it names there."
)

// report is the way, and what is counted on it.
func (w *way) report() string {
	out := &strings.Builder{}
	w.printFunctions(out)
	printCount(out, w.functions, "package", func(f *function) string { return f.pkg.room })
	printCount(out, w.functions, "file", func(f *function) string { return f.file })
	w.printCalls(out, "Crossings between packages (who calls what, first from where):", w.crossings)
	w.printCalls(out, "Callbacks against the arrows, without those that are allowed:", w.callbacks)
	fmt.Fprintf(out, "\nTypes to know: %d\n%s\n", len(w.types), typesLegend)
	byRoom := map[string][]string{}
	for _, tn := range w.types {
		room := strings.TrimPrefix(tn.Pkg().Path(), w.program.module+"/")
		byRoom[room] = append(byRoom[room], tn.Name())
	}
	for _, room := range slices.Sorted(maps.Keys(byRoom)) {
		fmt.Fprintf(out, "  %s (%d): %s\n", room, len(byRoom[room]), strings.Join(byRoom[room], " "))
	}
	fmt.Fprintf(out, "\n%s", arrowsLegend)
	printList(out, fmt.Sprintf("Arrows between the %d files of %s: %d. Upward:", w.arrows.files, w.arrows.room, len(w.arrows.all)), w.arrows.upward)
	printList(out, "Files without a layer:", w.arrows.homeless)
	printList(out, "Files of the way that "+storyFile+" does not link to:", w.untold())
	printList(out, fmt.Sprintf("Functions over %d lines or complexity %d:", maxLines, maxComplexity), w.tooLong())
	return out.String()
}

func (w *way) printFunctions(out *strings.Builder) {
	fmt.Fprintln(out, "The way of one added row:")
	room := ""
	for i, f := range w.functions {
		if i == w.apart {
			fmt.Fprintln(out, "-- reached by no call that can be followed: goroutines that waited, timers, func values --")
			room = ""
		}
		if f.pkg.room != room {
			room = f.pkg.room
			fmt.Fprintf(out, "%s: %s\n", room, functionsLegend)
		}
		fmt.Fprintf(out, "%5d  %-5s %-44s %s:%d\n", i+1, strings.Join(w.steps[f.file], ","), f.name, f.file, f.line)
	}
	closures := 0
	for _, f := range w.functions {
		if f.obj == nil {
			closures++
		}
	}
	fmt.Fprintf(out, "\nFunctions: %d (%d declared, %d closures)\n", len(w.functions), len(w.functions)-closures, closures)
}

func printCount(out *strings.Builder, functions []*function, what string, of func(*function) string) {
	counts := map[string]int{}
	for _, f := range functions {
		counts[of(f)]++
	}
	fmt.Fprintf(out, "\nBy %s: %d\n%s\n", what, len(counts), countsLegend)
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "%5d  %s\n", counts[name], name)
	}
}

func (w *way) printCalls(out *strings.Builder, title string, calls []call) {
	lines := make([]string, len(calls))
	for i, c := range calls {
		lines[i] = fmt.Sprintf("%s > %s %s (%s)", c.from.pkg.room, c.to.pkg.room, c.to.name, w.program.at(c.at))
		if c.via != "" {
			lines[i] += " by " + c.via
		}
	}
	printList(out, title, lines, callsLegend)
}

// printList prints lines under a title and, if there are any, what their columns mean.
func printList(out *strings.Builder, title string, lines []string, legend ...string) {
	fmt.Fprintf(out, "\n%s %d\n", title, len(lines))
	if len(lines) > 0 {
		for _, text := range legend {
			fmt.Fprintln(out, text)
		}
	}
	for _, line := range lines {
		fmt.Fprintf(out, "  %s\n", line)
	}
}

func (w *way) tooLong() []string {
	long := slices.Clone(w.complex)
	for _, f := range w.functions {
		if f.lines > maxLines {
			long = append(long, fmt.Sprintf("%s %s:%d has %d lines", f.name, f.file, f.line, f.lines))
		}
	}
	return long
}

// overLimits has a sentence for each limit that the way is over.
func (w *way) overLimits() []error {
	files := map[string]bool{}
	for _, f := range w.functions {
		files[f.file] = true
	}
	var over []error
	for _, l := range []struct {
		count, limit int
		what         string
	}{
		{len(w.functions), maxFunctions, "functions run"},
		{len(files), maxFiles, "files have functions that run"},
		{len(w.crossings), maxCrossings, "calls cross from package to package"},
		{len(w.callbacks), maxCallbacks, "calls go against the arrows"},
		{len(w.types), maxTypes, "types are to be known"},
		{len(w.arrows.upward), maxUpward, "arrows between the files of " + w.arrows.room + " run upward"},
		{len(w.untold()), 0, "files of the way are in no step of " + storyFile},
		{len(w.tooLong()), 0, "functions are too long or too complex"},
	} {
		if l.count > l.limit {
			over = append(over, fmt.Errorf("%d %s, and the limit is %d", l.count, l.what, l.limit))
		}
	}
	return over
}
