package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// run is one statement that is measured.
type run struct {
	stmt     string
	args     []any
	prepared *sql.Stmt
	spent    time.Duration
	times    []time.Duration
}

// took is what the runs of a statement took. A quarter of them did not exceed the lower quartile: where other programs use the
// machine, it is nearer than the median to what the statement takes alone.
type took struct{ median, quartile time.Duration }

// time measures as many runs of each prepared statement as fit into the budget, after one that is not counted. It
// includes reading all rows. The statements take turns, so that what else the machine does hits them alike.
func (b bench) time(ctx context.Context, d *database, runs []*run) ([]took, error) {
	for _, r := range runs {
		if err := b.explain(ctx, d, r.stmt, r.args); err != nil {
			return nil, err
		}
		var err error
		if r.prepared, err = d.db.PrepareContext(ctx, r.stmt); err != nil {
			return nil, fmt.Errorf("%s: %w", r.stmt, err)
		}
		defer func() { _ = r.prepared.Close() }()
	}
	unfinished := slices.Clone(runs)
	for len(unfinished) > 0 {
		for _, r := range unfinished {
			if err := r.once(ctx); err != nil {
				return nil, err
			}
		}
		unfinished = slices.DeleteFunc(unfinished, func(r *run) bool {
			return len(r.times) >= 4 && (r.spent >= b.budget || len(r.times) >= 1000)
		})
	}
	times := make([]took, len(runs))
	for i, r := range runs {
		times[i] = r.took()
	}
	return times, nil
}

// took is what all runs but the first took.
func (r *run) took() took {
	times := slices.Sorted(slices.Values(r.times[1:]))
	return took{median: times[len(times)/2], quartile: times[len(times)/4]}
}

func (r *run) once(ctx context.Context) error {
	begin := time.Now()
	rows, err := fetch(ctx, r.prepared, r.args)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("no rows from %s", r.stmt)
	}
	took := time.Since(begin)
	r.spent += took
	r.times = append(r.times, took)
	return nil
}
