package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// A Person is somebody to whom a ticket is assigned; zero is nobody.
type Person struct {
	ID   int64
	Name string
}

// A Ticket is what a customer needs.
type Ticket struct {
	ID        int64 `db:"id"`
	Team      Team
	Title     string
	Body      string
	Requester string
	Status    Status
	Priority  Priority `db:"priority"`
	Assignee  Person
	Created   time.Time
	Updated   time.Time
}

const (
	ticketColumns = `t.id, t.team_id, team.name AS team_name, t.title, t.body, t.requester, t.status, t.priority,
	t.assignee_id, a.name AS assignee_name, t.created_at, t.updated_at`
	// LEFT JOINs keep SQLite from walking the teams first and sorting everything afterwards.
	ticketTables  = `tickets t LEFT JOIN teams team ON team.id = t.team_id LEFT JOIN agents a ON a.id = t.assignee_id`
	selectTickets = `SELECT ` + ticketColumns + ` FROM ` + ticketTables
)

func scanTicket(scan func(...any) error) (Ticket, error) {
	var (
		t                Ticket
		assignee         sql.NullInt64
		name             sql.NullString
		created, updated int64
	)
	err := scan(&t.ID, &t.Team.ID, &t.Team.Name, &t.Title, &t.Body, &t.Requester, &t.Status, &t.Priority,
		&assignee, &name, &created, &updated)
	t.Assignee = Person{ID: assignee.Int64, Name: name.String}
	t.Created, t.Updated = unstamp(created), unstamp(updated)
	return t, err
}

// Ticket finds one ticket: ErrGone when there is none, ErrForbidden when it is outside the scope.
func (db *DB) Ticket(ctx context.Context, scope Scope, id int64) (Ticket, error) {
	ctx = live.Where(ctx, "tickets", "id", id)
	t, err := scanTicket(db.read().row(ctx, selectTickets+` WHERE t.id = ?`, id).Scan)
	return visible(scope, id, t, err)
}

// ticket is Ticket for a transaction that is going to change it.
func (c conn) ticket(ctx context.Context, scope Scope, id int64) (Ticket, error) {
	t, err := scanTicket(c.row(ctx, selectTickets+` WHERE t.id = ?`+c.dialect.forUpdate, id).Scan)
	return visible(scope, id, t, err)
}

func visible(scope Scope, id int64, t Ticket, err error) (Ticket, error) {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Ticket{}, fmt.Errorf("ticket %d: %w", id, ErrGone)
	case err != nil:
		return Ticket{}, fmt.Errorf("ticket %d: %w", id, err)
	case !scope.all && t.Team.ID != scope.team:
		return Ticket{}, fmt.Errorf("ticket %d: %w", id, ErrForbidden)
	}
	return t, nil
}

// A Comment is a line of the conversation about a ticket.
type Comment struct {
	ID      int64
	Author  string
	Body    string
	Created time.Time
}

// Comments lists the comments of a ticket, the oldest first. The errors are those of Ticket.
func (db *DB) Comments(ctx context.Context, scope Scope, ticket int64) ([]Comment, error) {
	if _, err := db.Ticket(ctx, scope, ticket); err != nil {
		return nil, err
	}
	ctx = live.Where(ctx, "comments", "ticket_id", ticket)
	const query = `SELECT id, author, body, created_at FROM comments WHERE ticket_id = ? ORDER BY id`
	comments, err := collect(ctx, db.read(), scanComment, query, ticket)
	if err != nil {
		return nil, fmt.Errorf("comments of ticket %d: %w", ticket, err)
	}
	return comments, nil
}

// CountComments is how many comments there are about a ticket.
func (db *DB) CountComments(ctx context.Context, ticket int64) (n int, err error) {
	ctx = live.Where(ctx, "comments", "ticket_id", ticket)
	if err := db.read().row(ctx, `SELECT COUNT(*) FROM comments WHERE ticket_id = ?`, ticket).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the comments of ticket %d: %w", ticket, err)
	}
	return n, nil
}

func scanComment(scan func(...any) error) (c Comment, err error) {
	var created int64
	err = scan(&c.ID, &c.Author, &c.Body, &created)
	c.Created = unstamp(created)
	return c, err
}
