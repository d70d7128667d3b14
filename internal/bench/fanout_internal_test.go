package main

import (
	"testing"
	"time"
)

func TestEveryTransportDelivers(t *testing.T) {
	t.Parallel()
	one, err := capture(t.Context(), rowBytes)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range transportNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Case{
				Setup:   Setup{Transport: name, RowBytes: rowBytes, Sample: Sample(one.Last)},
				Streams: 20, Stalled: 1, Changes: 5, Interval: 20 * time.Millisecond,
			}
			run, err := c.measure(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if run.Expected != 19*5 || run.Missing != 0 || run.Ended != 0 {
				t.Errorf("of %d changes %d are missing, %d streams ended", run.Expected, run.Missing, run.Ended)
			}
			if run.Spent.cpu() <= 0 || run.Settled.RSS <= 0 || run.Settled.Goroutines <= 20 {
				t.Errorf("nothing was measured: %+v, %+v", run.Spent, run.Settled)
			}
			if name == stackName && (run.Counts.Fetches < 1 || run.Counts.Fetches > 5 || run.Counts.Rows != run.Counts.Fetches) {
				t.Errorf("5 changes for 20 pages: %+v", run.Counts)
			}
		})
	}
}
