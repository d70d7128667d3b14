package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

// ticket is a row of the table that pages show.
type ticket struct {
	ID       int64
	Title    string
	Status   string
	Priority string
	Assignee string
	Note     string
	Change   string // the number of its newest change, in seqDigits digits
}

// tickets is a SQLite database on disk with tableRows tickets for each of some teams.
type tickets struct {
	dir   string
	open  opener
	path  string
	db    *sql.DB
	list  *sql.Stmt
	one   *sql.Stmt
	write *sql.Stmt
}

// opener opens a SQLite database.
type opener func(dsn string) (*sql.DB, error)

// bareSQLite is the driver alone.
func bareSQLite(dsn string) (*sql.DB, error) { return sql.Open("sqlite", dsn) }

func openTickets(ctx context.Context, open opener, rowBytes, teams int) (*tickets, error) {
	dir, err := os.MkdirTemp("", "htmxlive-bench-")
	if err != nil {
		return nil, err
	}
	t := &tickets{dir: dir, open: open, path: filepath.Join(dir, "tickets.sqlite")}
	if err := t.make(ctx, rowBytes, teams); err != nil {
		t.close()
		return nil, fmt.Errorf("open the tickets: %w", err)
	}
	return t, nil
}

func (t *tickets) make(ctx context.Context, rowBytes, teams int) (err error) {
	t.db, err = t.open("file:" + t.path + "?_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	t.db.SetMaxIdleConns(fetchesAtOnce) // opening one costs more than a query
	if _, err := t.db.ExecContext(ctx, `CREATE TABLE tickets (id INTEGER PRIMARY KEY, team INTEGER NOT NULL, title TEXT NOT NULL,
		status TEXT NOT NULL, priority TEXT NOT NULL, assignee TEXT NOT NULL, note TEXT NOT NULL, change INTEGER NOT NULL);
		CREATE INDEX by_team ON tickets (team, id)`); err != nil {
		return err
	}
	if err := t.seed(ctx, rowBytes, teams); err != nil {
		return err
	}
	const columns = `SELECT id, title, status, priority, assignee, note, printf('%09d', change) FROM tickets WHERE team = ?`
	if t.list, err = t.db.PrepareContext(ctx, columns+` ORDER BY id LIMIT ?`); err != nil {
		return err
	}
	if t.one, err = t.db.PrepareContext(ctx, columns+` AND id = ?`); err != nil {
		return err
	}
	t.write, err = t.db.PrepareContext(ctx, `UPDATE tickets SET change = ? WHERE id = ?`)
	return err
}

// bareRow is about what a row takes without its note.
const bareRow = 220

func (t *tickets) seed(ctx context.Context, rowBytes, teams int) error {
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	insert, err := tx.PrepareContext(ctx, `INSERT INTO tickets VALUES (?, ?, ?, ?, ?, ?, ?, 0)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	note := strings.Repeat("Tried it twice. ", 1+max(0, rowBytes-bareRow)/16)[:max(0, rowBytes-bareRow)]
	for i := range teams * tableRows {
		if _, err := insert.ExecContext(ctx, i+1, i/tableRows+1, "The printer on the third floor jams again",
			[]string{"open", "pending", "closed"}[i%3], []string{"low", "normal", "high"}[i%7%3], "Ada Lovelace", note); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// ofTeam is the tickets of a team.
func (t *tickets) ofTeam(ctx context.Context, team int) ([]ticket, error) {
	rows, err := t.list.QueryContext(ctx, team, tableRows)
	if err != nil {
		return nil, err
	}
	return scanTickets(rows, make([]ticket, 0, tableRows))
}

// ofKeys is the tickets of a team that have these ids.
func (t *tickets) ofKeys(ctx context.Context, team int, ids []int64) (list []ticket, err error) {
	for _, id := range ids {
		rows, err := t.one.QueryContext(ctx, team, id)
		if err != nil {
			return nil, err
		}
		if list, err = scanTickets(rows, list); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func scanTickets(rows *sql.Rows, list []ticket) ([]ticket, error) {
	defer rows.Close()
	for rows.Next() {
		var k ticket
		if err := rows.Scan(&k.ID, &k.Title, &k.Status, &k.Priority, &k.Assignee, &k.Note, &k.Change); err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, rows.Err()
}

// change commits change seq of one ticket.
func (t *tickets) change(ctx context.Context, id, seq int) error {
	_, err := t.write.ExecContext(ctx, seq, id)
	return err
}

// changeAll commits change seq of one ticket of each team.
func (t *tickets) changeAll(ctx context.Context, seq int) error {
	_, err := t.db.ExecContext(ctx, `UPDATE tickets SET change = ? WHERE id % ? = 1`, seq, tableRows)
	return err
}

func (t *tickets) close() {
	if t.db != nil {
		_ = t.db.Close()
	}
	_ = os.RemoveAll(t.dir)
}
