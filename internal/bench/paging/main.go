// Command paging measures pages of a million rows on SQLite, PostgreSQL and MariaDB at several depths: by keyset as package
// paging writes it, as one WHERE for query builders, by OFFSET, and by the OR that is usually written by hand. It prints
// Markdown for docs/benchmarks.md.
//
//	go run ./internal/bench/paging [-rows 1000000] [-limit 50] [-seconds 1]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	var b bench
	flag.IntVar(&b.rows, "rows", 1_000_000, "rows in the table")
	flag.IntVar(&b.limit, "limit", 50, "rows on a page")
	seconds := flag.Float64("seconds", 1, "most seconds for one number; at least three runs are made")
	only := flag.String("only", "", "sqlite, postgres or mariadb; empty for all")
	flag.BoolVar(&b.plans, "plans", false, "print the plan of every keyset statement")
	flag.Parse()
	b.budget = time.Duration(*seconds * float64(time.Second))

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measureAll(ctx, b, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measureAll(ctx context.Context, b bench, only string) error {
	for _, engine := range []struct {
		name string
		open func(context.Context, bench) (*database, error)
	}{{"sqlite", openSQLite}, {"postgres", openPostgres}, {"mariadb", openMariaDB}} {
		if only != "" && only != engine.name {
			continue
		}
		db, err := engine.open(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", engine.name, err)
		}
		if err := errors.Join(b.measure(ctx, db), db.close()); err != nil {
			return fmt.Errorf("%s: %w", engine.name, err)
		}
	}
	return nil
}
