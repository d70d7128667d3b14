package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/htmxlive/htmxlive/live"
)

// A Team owns tickets.
type Team struct {
	ID   int64
	Name string
}

// An Agent works on the tickets of their team, an administrator on those of all teams.
type Agent struct {
	ID    int64
	Name  string
	Team  Team // zero for an administrator
	Admin bool
}

// Role is agent or admin.
func (a Agent) Role() string {
	if a.Admin {
		return "admin"
	}
	return "agent"
}

// Scope is what the agent may see.
func (a Agent) Scope() Scope { return Scope{team: a.Team.ID, all: a.Admin} }

// A Scope limits queries to one team or opens them to all. The zero Scope sees nothing. Scopes compare with ==, and
// String tells equal ones, so both serve to share query results between viewers.
type Scope struct {
	team int64
	all  bool
}

// String names the scope: "all" or "team:ID".
func (s Scope) String() string {
	if s.all {
		return "all"
	}
	return fmt.Sprintf("team:%d", s.team)
}

// All reports whether the scope sees every team.
func (s Scope) All() bool { return s.all }

// where is the condition that every query of a scope carries on the column that holds the team, and its argument. The
// context that is returned says the same to the keeper: other teams' changes do not concern the query.
func (s Scope) where(ctx context.Context, table, column, prefix string) (limited context.Context, condition string, args []any) {
	if s.all {
		return ctx, "1 = 1", nil
	}
	return live.Where(ctx, table, column, s.team), prefix + column + " = ?", []any{s.team}
}

const selectAgents = `SELECT a.id, a.name, a.role, t.id, t.name FROM agents a LEFT JOIN teams t ON t.id = a.team_id`

func scanAgent(scan func(...any) error) (Agent, error) {
	var (
		a    Agent
		role string
		id   sql.NullInt64
		name sql.NullString
	)
	err := scan(&a.ID, &a.Name, &role, &id, &name)
	a.Admin = role == "admin"
	a.Team = Team{ID: id.Int64, Name: name.String}
	return a, err
}

// Agents lists everybody, administrators first, then team by team.
func (db *DB) Agents(ctx context.Context) ([]Agent, error) {
	return collect(ctx, db.read(), scanAgent, selectAgents+` ORDER BY a.role, t.name, a.name`)
}

// Agent finds one agent; ErrGone when there is no such agent.
func (db *DB) Agent(ctx context.Context, id int64) (Agent, error) {
	return agentByID(ctx, db.read(), id)
}

func agentByID(ctx context.Context, c conn, id int64) (Agent, error) {
	ctx = live.Where(ctx, "agents", "id", id)
	a, err := scanAgent(c.row(ctx, selectAgents+` WHERE a.id = ?`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Agent{}, ErrGone
	}
	return a, err
}

// Colleagues lists the agents to whom a ticket of the team can be assigned.
func (db *DB) Colleagues(ctx context.Context, team int64) ([]Agent, error) {
	ctx = live.Where(ctx, "agents", "team_id", team)
	return collect(ctx, db.read(), scanAgent, selectAgents+` WHERE a.team_id = ? ORDER BY a.name`, team)
}

// Teams lists the teams that the scope sees.
func (db *DB) Teams(ctx context.Context, scope Scope) ([]Team, error) {
	ctx, where, args := scope.where(ctx, "teams", "id", "")
	return collect(ctx, db.read(), scanTeam, `SELECT id, name FROM teams WHERE `+where+` ORDER BY name`, args...)
}

func scanTeam(scan func(...any) error) (t Team, err error) {
	err = scan(&t.ID, &t.Name)
	return t, err
}
