package store

import (
	"context"
	"fmt"
	"time"
)

// Counts is how many tickets a scope has, team by team and status by status.
type Counts struct {
	Teams []TeamCount // in the order of the teams' names
}

// A TeamCount is how many tickets one team has in each status.
type TeamCount struct {
	Team     Team
	Statuses map[Status]int
}

// Total is the number of the team's tickets.
func (t TeamCount) Total() (n int) {
	for _, count := range t.Statuses {
		n += count
	}
	return n
}

// Count is the number of the team's tickets with that status.
func (t TeamCount) Count(s Status) int { return t.Statuses[s] }

// Status is the number of tickets with that status in all teams.
func (c Counts) Status(s Status) (n int) {
	for _, team := range c.Teams {
		n += team.Statuses[s]
	}
	return n
}

// Share is the part of all tickets that have the status, 0 to 1.
func (c Counts) Share(s Status) float64 { return float64(c.Status(s)) / float64(max(c.Total(), 1)) }

// Total is the number of all tickets.
func (c Counts) Total() (n int) {
	for _, team := range c.Teams {
		n += team.Total()
	}
	return n
}

// Counts counts the tickets of the scope. A team without tickets is counted too.
func (db *DB) Counts(ctx context.Context, scope Scope) (Counts, error) {
	teams, err := db.Teams(ctx, scope)
	if err != nil {
		return Counts{}, fmt.Errorf("count: %w", err)
	}
	type group struct {
		team   int64
		status Status
		n      int
	}
	ctx, where, args := scope.where(ctx, "tickets", "team_id", "")
	groups, err := collect(ctx, db.read(), func(scan func(...any) error) (g group, err error) {
		err = scan(&g.team, &g.status, &g.n)
		return g, err
	}, `SELECT team_id, status, COUNT(*) FROM tickets WHERE `+where+` GROUP BY team_id, status`, args...)
	if err != nil {
		return Counts{}, fmt.Errorf("count: %w", err)
	}
	byTeam := make(map[int64]map[Status]int)
	for _, g := range groups {
		if byTeam[g.team] == nil {
			byTeam[g.team] = make(map[Status]int)
		}
		byTeam[g.team][g.status] = g.n
	}
	var counts Counts
	for _, team := range teams {
		counts.Teams = append(counts.Teams, TeamCount{Team: team, Statuses: byTeam[team.ID]})
	}
	return counts, nil
}

// Activity is what happened in one stretch of time.
type Activity struct {
	Start    time.Time
	Tickets  int // new tickets
	Comments int // new comments
}

// Activity counts new tickets and comments of the scope in n stretches of the given length (at least a microsecond),
// aligned to multiples of the length since 1970, of which the last one holds now.
func (db *DB) Activity(ctx context.Context, scope Scope, now time.Time, length time.Duration, n int) ([]Activity, error) {
	step := length.Microseconds()
	first := stamp(now)/step - int64(n) + 1
	all := make([]Activity, n)
	for i := range all {
		all[i].Start = unstamp((first + int64(i)) * step)
	}
	ctx, where, args := scope.where(ctx, "tickets", "team_id", "t.")
	count := func(from, created string, add func(*Activity, int)) error {
		query := `SELECT ` + created + ` / ? AS stretch, COUNT(*) FROM ` + from + ` WHERE ` + created + ` >= ? AND ` + where + ` GROUP BY 1`
		buckets, err := collect(ctx, db.read(), func(scan func(...any) error) (b [2]int64, err error) {
			err = scan(&b[0], &b[1])
			return b, err
		}, query, append([]any{step, first * step}, args...)...)
		for _, b := range buckets {
			if i := b[0] - first; i >= 0 && i < int64(n) {
				add(&all[i], int(b[1]))
			}
		}
		return err
	}
	if err := count(`tickets t`, `t.created_at`, func(a *Activity, n int) { a.Tickets = n }); err != nil {
		return nil, fmt.Errorf("activity of tickets: %w", err)
	}
	const comments = `comments c JOIN tickets t ON t.id = c.ticket_id`
	if err := count(comments, `c.created_at`, func(a *Activity, n int) { a.Comments = n }); err != nil {
		return nil, fmt.Errorf("activity of comments: %w", err)
	}
	return all, nil
}
