package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Draft is a ticket that does not exist yet.
type Draft struct {
	Title    string
	Body     string
	Priority string // a name; "" is normal
	Team     int64  // read for administrators only: an agent's ticket belongs to the agent's team
}

// CreateTicket adds a ticket in the agent's team and returns its ID. The error is an Invalid when the draft is.
func (db *DB) CreateTicket(ctx context.Context, by Agent, d Draft) (id int64, err error) {
	wrong := Invalid{}
	d.Title = wrong.text("title", d.Title, 1, MaxTitle)
	d.Body = wrong.text("body", d.Body, 0, MaxBody)
	priority := Normal
	if d.Priority != "" {
		var known bool
		if priority, known = PriorityNamed(d.Priority); !known {
			wrong["priority"] = fmt.Sprintf("There is no priority %q.", d.Priority)
		}
	}
	if !by.Admin {
		d.Team = by.Team.ID
	}
	err = db.change(ctx, func(ctx context.Context, tx conn) error {
		if err := tx.checkTeam(ctx, wrong, d.Team); err != nil {
			return err
		}
		if err := wrong.err(); err != nil {
			return err
		}
		const insert = `INSERT INTO tickets (team_id, title, body, requester, status, priority, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`
		now := stamp(time.Now())
		row := tx.row(ctx, insert, d.Team, d.Title, d.Body, by.Name, StatusOpen, priority, now, now)
		if err := row.Scan(&id); err != nil {
			return fmt.Errorf("insert a ticket: %w", err)
		}
		return nil
	})
	return id, err
}

// checkTeam notes a team that does not exist.
func (c conn) checkTeam(ctx context.Context, wrong Invalid, team int64) error {
	var there bool
	if err := c.row(ctx, `SELECT EXISTS (SELECT 1 FROM teams WHERE id = ?)`, team).Scan(&there); err != nil {
		return fmt.Errorf("look for team %d: %w", team, err)
	}
	if !there {
		wrong["team"] = "Please choose the team that should answer."
	}
	return nil
}

// An Edit changes the fields that are not nil.
type Edit struct {
	Title    *string
	Status   *string
	Priority *string
	Assignee *int64 // 0: nobody
	Team     *int64 // administrators only
}

// UpdateTicket applies an edit. The error is an Invalid when the edit is, ErrGone or ErrForbidden when the ticket is.
func (db *DB) UpdateTicket(ctx context.Context, by Agent, id int64, e Edit) error {
	return db.change(ctx, func(ctx context.Context, tx conn) error {
		was, err := tx.ticket(ctx, by.Scope(), id)
		if err != nil {
			return err
		}
		now := was
		wrong := Invalid{}
		e.apply(wrong, by, &now)
		if err := tx.checkPeople(ctx, wrong, was, &now); err != nil {
			return err
		}
		if err := wrong.err(); err != nil || now == was {
			return err
		}
		const update = `UPDATE tickets SET title = ?, status = ?, priority = ?, assignee_id = ?, team_id = ?,
			updated_at = ? WHERE id = ?`
		assignee := sql.NullInt64{Int64: now.Assignee.ID, Valid: now.Assignee.ID != 0}
		if err := tx.exec(ctx, update, now.Title, now.Status, now.Priority, assignee, now.Team.ID, stamp(time.Now()), id); err != nil {
			return fmt.Errorf("update ticket %d: %w", id, err)
		}
		return nil
	})
}

// apply writes the edit into t and notes what cannot be.
func (e Edit) apply(wrong Invalid, by Agent, t *Ticket) {
	if e.Title != nil {
		t.Title = wrong.text("title", *e.Title, 1, MaxTitle)
	}
	if e.Status != nil {
		t.Status = Status(*e.Status)
		if !slices.Contains(Statuses(), t.Status) {
			wrong["status"] = fmt.Sprintf("There is no status %q.", *e.Status)
		}
	}
	if e.Priority != nil {
		p, known := PriorityNamed(*e.Priority)
		if !known {
			wrong["priority"] = fmt.Sprintf("There is no priority %q.", *e.Priority)
		}
		t.Priority = p
	}
	if e.Assignee != nil && *e.Assignee != t.Assignee.ID {
		t.Assignee = Person{ID: *e.Assignee}
	}
	if e.Team != nil && *e.Team != t.Team.ID {
		if !by.Admin {
			wrong["team"] = "Only an administrator moves tickets between teams."
		}
		t.Team = Team{ID: *e.Team}
	}
}

// checkPeople sees to it that the new team exists and the assignee works in it. A ticket that moves without naming a
// new assignee loses the old one.
func (c conn) checkPeople(ctx context.Context, wrong Invalid, was Ticket, now *Ticket) error {
	if now.Team.ID != was.Team.ID {
		if err := c.checkTeam(ctx, wrong, now.Team.ID); err != nil {
			return err
		}
		if now.Assignee == was.Assignee {
			now.Assignee = Person{}
		}
	}
	if now.Assignee.ID == 0 || now.Assignee == was.Assignee {
		return nil
	}
	a, err := agentByID(ctx, c, now.Assignee.ID)
	if err != nil && !errors.Is(err, ErrGone) {
		return fmt.Errorf("look for the assignee: %w", err)
	}
	if err != nil || (!a.Admin && a.Team.ID != now.Team.ID) {
		wrong["assignee"] = "Please choose somebody of the ticket's team."
	}
	return nil
}

// DeleteTicket removes a ticket and its comments.
func (db *DB) DeleteTicket(ctx context.Context, by Agent, id int64) error {
	return db.change(ctx, func(ctx context.Context, tx conn) error {
		if _, err := tx.ticket(ctx, by.Scope(), id); err != nil {
			return err
		}
		if err := tx.exec(ctx, `DELETE FROM tickets WHERE id = ?`, id); err != nil {
			return fmt.Errorf("delete ticket %d: %w", id, err)
		}
		return nil
	})
}

// AddComment adds a comment, which also counts as an update of its ticket.
func (db *DB) AddComment(ctx context.Context, by Agent, ticket int64, body string) error {
	wrong := Invalid{}
	body = wrong.text("body", body, 1, MaxBody)
	if err := wrong.err(); err != nil {
		return err
	}
	return db.change(ctx, func(ctx context.Context, tx conn) error {
		if _, err := tx.ticket(ctx, by.Scope(), ticket); err != nil {
			return err
		}
		now := stamp(time.Now())
		const insert = `INSERT INTO comments (ticket_id, author, body, created_at) VALUES (?, ?, ?, ?)`
		if err := tx.exec(ctx, insert, ticket, by.Name, body, now); err != nil {
			return fmt.Errorf("comment on ticket %d: %w", ticket, err)
		}
		if err := tx.exec(ctx, `UPDATE tickets SET updated_at = ? WHERE id = ?`, now, ticket); err != nil {
			return fmt.Errorf("touch ticket %d: %w", ticket, err)
		}
		return nil
	})
}
