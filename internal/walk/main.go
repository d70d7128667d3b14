// Program walk prints the way of one notification as it is measured: the functions that run from Keeper.Publish to the
// bytes of one added row, the calls between packages, and the types to know. It fails above its limits.
//
//	make walk                          # a query that all pages share
//	go run ./internal/walk -private    # a query of one page, for information
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

// The limits. An issue that raises one says by how much, and why.
const (
	maxFunctions  = 99 + 3 + 6 // "Nothing a person is doing is lost": a row's structure is compared with what a browser makes of it, and one that panics stops no other; "Pages follow the data": the end of what a fetch has recorded of its reads, whether some rows are all there is to fetch (three), and what a viewer sees of a snapshot, which checks ask too, and the topics of a publication checked together
	maxFiles      = 24 + 2 + 5 // and what an id of a row or a message is stands in files of their own; so do what a fetch reads, the refetch, the rows that it can be about, how the hub notifies, and how a panic becomes an error
	maxCrossings  = 9          // the aim was 8: one more is Release, which must be deferred to recover from a panic of Send
	maxCallbacks  = 0          // those that callbackAllowed names apart
	maxTypes      = 36 + 1 + 1 // the aim was 35: what is left has a life, a lock or a wire form of its own; one more is recorder, what a fetch reads, and one origin, where a notification comes from
	maxUpward     = 4          // arrows between the files of live that run against fileLayers
	maxLines      = 40
	maxComplexity = 15
)

// callbackAllowed holds the interfaces through which a lower room may call a higher one.
//
//nolint:gochecknoglobals // a table
var callbackAllowed = map[string]bool{
	"live.StreamWriter":    true, // what a broadcast writes to, as one writes to an io.Writer
	"fragment.Fragment":    true,
	"fragment.RowRenderer": true,
	"fragment.Compacter":   true,
	"fragment.GoneShower":  true,
}

func main() {
	private := flag.Bool("private", false, "measure a private query, and fail above no limit")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *private)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "walk:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, private bool) error {
	blocks, err := measure(ctx, private)
	if err != nil {
		return err
	}
	p, err := load(ctx)
	if err != nil {
		return err
	}
	p.mark(blocks)
	w := walkOf(p)
	w.complex, err = complexities(ctx, w)
	if err != nil {
		return err
	}
	story, err := os.ReadFile(storyFile)
	if err != nil {
		return err
	}
	w.steps = stepsOf(string(story))
	fmt.Print(w.report())
	if private {
		return nil
	}
	return errors.Join(w.overLimits()...)
}
