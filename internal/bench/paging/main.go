// Command paging measures pages of a million rows on SQLite, PostgreSQL and MariaDB at several depths: by keyset as package
// paging writes it, as one WHERE for query builders, by OFFSET, and by the OR that is usually written by hand. It prints
// Markdown for docs/benchmarks.md.
//
//	go run ./internal/bench/paging [-rows 1000000] [-limit 50] [-seconds 1] [-only sqlite]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// The most that flags take.
const (
	mostRows    = 100_000_000
	mostLimit   = 1000
	mostSeconds = 600
)

func main() {
	b, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.measureAll(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// parse is the bench that the flags ask for. An error says which values a flag takes.
func parse(args []string) (bench, error) {
	var b bench
	flags := flag.NewFlagSet("paging", flag.ContinueOnError)
	flags.IntVar(&b.rows, "rows", 1_000_000, "rows in the table; at least 1000 times (-limit + 1), so that the pages of all depths are full")
	flags.IntVar(&b.limit, "limit", 50, "rows on a page")
	seconds := flags.Float64("seconds", 1, "most seconds for one number; at least three runs are made")
	flags.StringVar(&b.only, "only", "", "one of "+strings.Join(names(), ", ")+"; empty for all")
	flags.Float64Var(&b.randomPageCost, "random-page-cost", 1.1, "PostgreSQL's setting: 1.1 is for tables in memory or on an SSD, 4 is its default, for disks that turn")
	flags.BoolVar(&b.plans, "plans", false, "print the plan of every statement to standard error")
	if err := flags.Parse(args); err != nil {
		return b, err
	}
	b.budget = time.Duration(*seconds * float64(time.Second))
	return b, b.check(*seconds, flags.Args())
}

func (b bench) check(seconds float64, rest []string) error {
	switch least := 1000 * (b.limit + 1); {
	case len(rest) > 0:
		return fmt.Errorf("paging: %q is no flag: give -name value", rest[0])
	case b.only != "" && !slices.Contains(names(), b.only):
		return fmt.Errorf("paging: -only is one of %s, not %q", strings.Join(names(), ", "), b.only)
	case b.limit < 1 || b.limit > mostLimit:
		return fmt.Errorf("paging: -limit is 1 to %d rows, not %d", mostLimit, b.limit)
	case b.rows < least || b.rows > mostRows:
		return fmt.Errorf("paging: -rows is %d to %d rows with -limit %d, not %d", least, mostRows, b.limit, b.rows)
	case !(seconds > 0 && seconds <= mostSeconds):
		return fmt.Errorf("paging: -seconds is more than 0 and at most %d, not %v", mostSeconds, seconds)
	case !(b.randomPageCost >= 1 && b.randomPageCost <= 100):
		return fmt.Errorf("paging: -random-page-cost is 1 to 100, not %v", b.randomPageCost)
	}
	return nil
}

// engine is a database that can be measured.
type engine struct {
	name string
	open func(context.Context, bench) (*database, error)
}

func engines() []engine {
	return []engine{{"sqlite", openSQLite}, {"postgres", openPostgres}, {"mariadb", openMariaDB}}
}

func names() []string {
	var names []string
	for _, e := range engines() {
		names = append(names, e.name)
	}
	return names
}

func (b bench) measureAll(ctx context.Context) error {
	for _, e := range engines() {
		if b.only != "" && b.only != e.name {
			continue
		}
		db, err := e.open(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		if err := errors.Join(b.measure(ctx, db), db.close()); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return nil
}
