package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/sqlite"
)

// Cost is what a statement takes through a driver that watches it, and through the driver beneath alone, in turns.
type Cost struct {
	What       string
	With, Bare []time.Duration // of one statement, round by round
	AtMost     float64         // the ratio; 0: that is no goal
	AtMostMore time.Duration   // the difference; 0: that is no goal
}

// costRound is how many statements are timed together.
const costRound = 50

// statement runs the i-th statement of a kind.
type statement func(ctx context.Context, db *sql.DB, i int) error

// costs measures kinds of statements on two databases that are the same but for who opened them.
type costs struct {
	with, bare *sql.DB
	keeper     *live.Keeper
	rounds     int
	found      []Cost
}

// measure adds what a kind of statement costs. Where it reads, it runs inside of a fetch, which records it.
func (c *costs) measure(what string, cost Cost, reads bool, run statement) error {
	cost.What = what
	i := 0
	round := func(ctx context.Context, db *sql.DB) (each time.Duration, err error) {
		began := time.Now()
		for range costRound {
			i++
			if err := run(ctx, db, i); err != nil {
				return 0, fmt.Errorf("%s: %w", what, err)
			}
		}
		return time.Since(began) / costRound, nil
	}
	for r := range c.rounds + 2 {
		with, err := c.inFetch(reads, func(ctx context.Context) (time.Duration, error) { return round(ctx, c.with) })
		if err != nil {
			return err
		}
		bare, err := round(context.Background(), c.bare)
		if err != nil {
			return err
		}
		if r >= 2 { // the first rounds warm up
			cost.With, cost.Bare = append(cost.With, with), append(cost.Bare, bare)
		}
	}
	c.found = append(c.found, cost)
	return nil
}

// inFetch runs f with the context of a fetch of an open page, or with one of no fetch.
func (c *costs) inFetch(recorded bool, f func(ctx context.Context) (time.Duration, error)) (took time.Duration, err error) {
	if !recorded {
		return f(context.Background())
	}
	s, err := c.keeper.Connect(context.Background(), live.SocketConfig{Session: "bench", Path: "/", Connected: true})
	if err != nil {
		return 0, err
	}
	defer s.Close()
	_, err = live.Keep(s.Socket(), "took", live.Query[time.Duration]{Fetch: func(ctx context.Context) (time.Duration, error) {
		took, err = f(ctx)
		return took, err
	}})
	return took, err
}

// CostsOf says how many rounds each kind of statement is measured.
type CostsOf struct{ Rounds int }

// costTeams is how many teams of tableRows tickets the tables have.
const costTeams = 40

// SQLiteCosts measures statements on SQLite, in WAL mode with synchronous=NORMAL, where a commit waits for no disk.
func (Lab) SQLiteCosts(of CostsOf, found *[]Cost) (err error) {
	keeper := live.NewKeeper(live.Config{Logger: slog.New(slog.DiscardHandler)})
	defer func() { err = errors.Join(err, keeper.Close(context.Background())) }()
	with, err := openTickets(context.Background(), func(dsn string) (*sql.DB, error) {
		return sqlite.Open(dsn, keeper, sqlite.Columns("tickets", "team", "status"))
	}, rowBytes, costTeams)
	if err != nil {
		return err
	}
	defer with.close()
	bare, err := openTickets(context.Background(), bareSQLite, rowBytes, costTeams)
	if err != nil {
		return err
	}
	defer bare.close()
	c := costs{with: with.db, bare: bare.db, keeper: keeper, rounds: of.Rounds}
	if err := c.sqlite(); err != nil {
		return err
	}
	*found = c.found
	return nil
}

// noTeam is a team without tickets.
const noTeam = costTeams + 1

// followed runs f while a page is open that shows the tickets of noTeam.
func (c *costs) followed(f func() error) error {
	s, err := c.keeper.Connect(context.Background(), live.SocketConfig{Session: "bench", Path: "/", Connected: true})
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = live.Keep(s.Socket(), "count", live.Query[int]{Fetch: func(ctx context.Context) (n int, err error) {
		ctx = live.Where(ctx, "tickets", "team", noTeam)
		return n, c.with.QueryRowContext(ctx, "SELECT count(*) FROM tickets WHERE team = ?", noTeam).Scan(&n)
	}})
	if err != nil {
		return err
	}
	return f()
}

const (
	updateOne  = "UPDATE tickets SET change = change + 1 WHERE id = 1 + ? % 2000"
	insertOne  = "INSERT INTO tickets SELECT NULL, team, title, status, priority, assignee, note, 0 FROM tickets WHERE id = 1 + ? % 2000"
	updateMany = "UPDATE tickets SET change = ? WHERE id <= 2000"
)

func (c *costs) sqlite() error {
	query := Cost{AtMostMore: 20 * time.Microsecond}
	goal := Cost{AtMost: 1.2}
	return errors.Join(
		c.measure("SQLite, query of one row", query, true, queryAll("SELECT id, title, status FROM tickets WHERE id = ?")),
		c.measure("SQLite, query of 50 rows", query, true, queryAll("SELECT id, title, status, priority, assignee FROM tickets WHERE team = 1 + ? % 40")),
		c.measure("SQLite, update of one row that nobody follows", goal, false, execAll(updateOne)),
		c.measure("SQLite, prepared update of one row that nobody follows", Cost{}, false, execPrepared(updateOne)),
		c.measure("SQLite, insert of one row that nobody follows", goal, false, execAll(insertOne)),
		c.measure("SQLite, update of 2,000 rows that nobody follows", goal, false, execAll(updateMany)),
		c.followed(func() error {
			return errors.Join(
				c.measure("SQLite, update of one row, followed", goal, false, execAll(updateOne)),
				c.measure("SQLite, prepared update of one row, followed", Cost{}, false, execPrepared(updateOne)),
				c.measure("SQLite, insert of one row, followed", goal, false, execAll(insertOne)),
				c.measure("SQLite, update of 2,000 rows, followed", goal, false, execAll(updateMany)),
			)
		}),
	)
}

func execAll(query string) statement {
	return func(ctx context.Context, db *sql.DB, i int) error {
		_, err := db.ExecContext(ctx, query, i)
		return err
	}
}

// execPrepared is execAll of a statement that each database prepares once.
func execPrepared(query string) statement {
	statements := map[*sql.DB]*sql.Stmt{}
	return func(ctx context.Context, db *sql.DB, i int) (err error) {
		s := statements[db]
		if s == nil {
			if s, err = db.PrepareContext(ctx, query); err != nil {
				return err
			}
			statements[db] = s // closed with the database
		}
		_, err = s.ExecContext(ctx, i)
		return err
	}
}

func queryAll(query string) statement {
	return func(ctx context.Context, db *sql.DB, i int) error {
		rows, err := db.QueryContext(ctx, query, i)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
		}
		return rows.Err()
	}
}
