// Package simulate keeps a helpdesk busy: it does what agents and customers do, so many times a second.
package simulate

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live"
)

// recent is how many of the newest tickets things happen to, the newest of them most often: those people look at.
const recent = 200

// Simulator makes changes through the same doors as the pages do.
type Simulator struct {
	DB     *store.DB
	Logger *slog.Logger
	Rate   float64 // changes a second; 0 or less is none

	agents []store.Agent
	ids    []int64 // of recent tickets, oldest first
}

// Run makes changes until ctx ends. A change that fails is logged, and the next one is tried.
func (s *Simulator) Run(ctx context.Context) error {
	if s.Rate <= 0 {
		return nil
	}
	tick := time.NewTicker(time.Duration(float64(time.Second) / s.Rate))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			err := s.prepare(ctx)
			switch {
			case errors.Is(err, errNobody):
				return err
			case err == nil:
				err = s.change(ctx)
			}
			if err != nil && ctx.Err() == nil && !errors.Is(err, live.ErrGone) { // somebody was faster
				s.Logger.WarnContext(ctx, "simulated change failed", "error", err)
			}
		}
	}
}

var errNobody = errors.New("simulate: nobody works here: seed the database first")

// prepare finds out who works here, until it knows.
func (s *Simulator) prepare(ctx context.Context) (err error) {
	if len(s.agents) > 0 {
		return nil
	}
	if s.ids, err = s.DB.RecentTickets(ctx, recent); err != nil {
		return err
	}
	if s.agents, err = s.DB.Agents(ctx); err != nil {
		return err
	}
	if len(s.agents) == 0 {
		return errNobody
	}
	return nil
}

// change does one thing. New tickets come as often as old ones go.
func (s *Simulator) change(ctx context.Context) error {
	switch p := rand.IntN(100); {
	case p < 15 || len(s.ids) == 0:
		return s.create(ctx)
	case p < 30 && len(s.ids) > recent/2:
		return s.remove(ctx)
	case p < 55:
		return s.comment(ctx)
	default:
		return s.update(ctx)
	}
}

func (s *Simulator) create(ctx context.Context) error {
	by := pick(s.agents)
	if by.Admin { // belongs to no team
		return nil
	}
	draft := store.Sample(by.Team, rand.IntN)
	draft.Priority = pick(store.Priorities()).String()
	id, err := s.DB.CreateTicket(ctx, by, draft)
	if err != nil {
		return err
	}
	s.ids = append(s.ids, id)
	if len(s.ids) > recent {
		s.ids = s.ids[1:]
	}
	return nil
}

func (s *Simulator) remove(ctx context.Context) error {
	i := s.some()
	id := s.ids[i]
	s.ids = slices.Delete(s.ids, i, i+1)
	return s.DB.DeleteTicket(ctx, s.boss(), id)
}

func (s *Simulator) comment(ctx context.Context) error {
	by, ticket, err := s.somebody(ctx)
	if err != nil {
		return err
	}
	return s.DB.AddComment(ctx, by, ticket.ID, store.SampleAnswer(ticket.Team, rand.IntN))
}

func (s *Simulator) update(ctx context.Context) error {
	by, ticket, err := s.somebody(ctx)
	if err != nil {
		return err
	}
	var edit store.Edit
	switch rand.IntN(3) {
	case 0:
		status := string(pick(store.Statuses()))
		edit.Status = &status
	case 1:
		priority := pick(store.Priorities()).String()
		edit.Priority = &priority
	default:
		edit.Assignee = &by.ID
	}
	return s.DB.UpdateTicket(ctx, by, ticket.ID, edit)
}

// somebody is an agent of a recent ticket's team, and the ticket.
func (s *Simulator) somebody(ctx context.Context) (store.Agent, store.Ticket, error) {
	ticket, err := s.DB.Ticket(ctx, s.boss().Scope(), s.ids[s.some()])
	if err != nil {
		return store.Agent{}, store.Ticket{}, err
	}
	colleagues, err := s.DB.Colleagues(ctx, ticket.Team.ID)
	if err != nil || len(colleagues) == 0 {
		return s.boss(), ticket, err
	}
	return pick(colleagues), ticket, nil
}

// some is the index of a recent ticket.
func (s *Simulator) some() int {
	back := rand.Float64()
	return len(s.ids) - 1 - int(back*back*float64(len(s.ids)))
}

// boss is the administrator, who comes first.
func (s *Simulator) boss() store.Agent { return s.agents[0] }

func pick[T any](from []T) T { return from[rand.IntN(len(from))] }
