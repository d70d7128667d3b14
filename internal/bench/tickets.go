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
	db    *sql.DB
	list  *sql.Stmt
	write *sql.Stmt
}

func openTickets(ctx context.Context, rowBytes, teams int) (*tickets, error) {
	dir, err := os.MkdirTemp("", "htmxlive-bench-")
	if err != nil {
		return nil, err
	}
	t := &tickets{dir: dir}
	if err := t.open(ctx, rowBytes, teams); err != nil {
		t.close()
		return nil, fmt.Errorf("open the tickets: %w", err)
	}
	return t, nil
}

func (t *tickets) open(ctx context.Context, rowBytes, teams int) (err error) {
	path := filepath.Join(t.dir, "tickets.sqlite")
	t.db, err = sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=busy_timeout(5000)")
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
	if t.list, err = t.db.PrepareContext(ctx, `SELECT id, title, status, priority, assignee, note, printf('%09d', change)
		FROM tickets WHERE team = ? ORDER BY id LIMIT ?`); err != nil {
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
	defer rows.Close()
	list := make([]ticket, 0, tableRows)
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
