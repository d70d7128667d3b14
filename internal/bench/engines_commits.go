package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/internal/pgtest"
)

// Commits is how many transactions a second PostgreSQL commits that update one row each, and how many that say so by NOTIFY too.
// PostgreSQL lets one transaction commit at a time that notifies, whatever it has written.
type Commits struct {
	Writers          int
	Plain, Notifying []float64
}

// commitWriters are how many connections write at the same time.
const commitWriters = 32

// Commits measures commits to a disk that is waited for, as in production.
func (Lab) Commits(of EnginesOf, found *[]Commits) (err error) {
	s, err := pgtest.New("fsync=on", "synchronous_commit=on", "full_page_writes=on")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	ctx := context.Background()
	writers, err := connectWriters(ctx, s.URL())
	if err != nil {
		return err
	}
	defer func() {
		for _, w := range writers {
			err = errors.Join(err, w.Close(ctx))
		}
	}()
	for _, n := range []int{1, 8, commitWriters} {
		c := Commits{Writers: n}
		for range of.Rounds {
			plain, err := commitFor(ctx, writers[:n], `UPDATE things SET n = n + 1 WHERE id = $1`, of.For)
			if err != nil {
				return err
			}
			notifying, err := commitFor(ctx, writers[:n], `WITH changed AS (UPDATE things SET n = n + 1 WHERE id = $1 RETURNING id)
				SELECT pg_notify('htmxlive', 'thing ' || id) FROM changed`, of.For)
			if err != nil {
				return err
			}
			c.Plain, c.Notifying = append(c.Plain, plain), append(c.Notifying, notifying)
		}
		*found = append(*found, c)
	}
	return nil
}

func connectWriters(ctx context.Context, url string) (writers []*pgx.Conn, err error) {
	for range commitWriters {
		w, err := pgx.Connect(ctx, url)
		if err != nil {
			return writers, err
		}
		writers = append(writers, w)
	}
	_, err = writers[0].Exec(ctx, `CREATE TABLE things AS SELECT id, 0 AS n FROM generate_series(1, 1000) id; ALTER TABLE things ADD PRIMARY KEY (id)`)
	return writers, err
}

// commitFor runs the statement on all connections, each with rows of its own, and returns the commits a second.
func commitFor(ctx context.Context, writers []*pgx.Conn, statement string, d time.Duration) (perSecond float64, err error) {
	var wg sync.WaitGroup
	var commits atomic.Int64
	errs := make(chan error, len(writers))
	began := time.Now()
	for i, w := range writers {
		wg.Go(func() {
			for n := 0; time.Since(began) < d; n++ {
				if _, err := w.Exec(ctx, statement, 1+i*31+n%31); err != nil {
					errs <- fmt.Errorf("writer %d: %w", i, err)
					return
				}
				commits.Add(1)
			}
		})
	}
	wg.Wait()
	close(errs)
	return float64(commits.Load()) / time.Since(began).Seconds(), <-errs
}
