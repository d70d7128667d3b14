package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// seedDays is how far back the seeded tickets go.
const seedDays = 120

// Seed fills a new helpdesk with teams, agents and n tickets that look like real ones, in one transaction: ten
// thousand take about a second. It does nothing, and says so, when there are agents already.
func (db *DB) Seed(ctx context.Context, n int, now time.Time) (seeded bool, err error) {
	err = db.transact(ctx, func(ctx context.Context, tx conn) error {
		if tx.dialect.lock != "" { // two nodes may start at once
			if err := tx.exec(ctx, tx.dialect.lock); err != nil {
				return err
			}
		}
		var there bool
		if err := tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM agents)`).Scan(&there); err != nil || there {
			return err
		}
		seeded = true
		s := seeder{tx: tx, now: now}
		if err := s.people(ctx); err != nil {
			return fmt.Errorf("seed people: %w", err)
		}
		if err := s.tickets(ctx, n); err != nil {
			return fmt.Errorf("seed tickets: %w", err)
		}
		return nil
	})
	return seeded, err
}

type seeder struct {
	tx    conn
	rng   *rand.Rand
	now   time.Time
	teams []seededTeam
}

type seededTeam struct {
	seedTeam
	id     int64
	people []Person
}

func (s *seeder) people(ctx context.Context) error {
	const addAgent = `INSERT INTO agents (name, role, team_id) VALUES (?, ?, ?) RETURNING id`
	var id int64
	if err := s.tx.row(ctx, addAgent, seedAdmin(), "admin", nil).Scan(&id); err != nil {
		return err
	}
	for _, team := range seedTeams() {
		added := seededTeam{seedTeam: team}
		if err := s.tx.row(ctx, `INSERT INTO teams (name) VALUES (?) RETURNING id`, team.name).Scan(&added.id); err != nil {
			return err
		}
		for _, name := range team.agents {
			if err := s.tx.row(ctx, addAgent, name, "agent", added.id).Scan(&id); err != nil {
				return err
			}
			added.people = append(added.people, Person{ID: id, Name: name})
		}
		s.teams = append(s.teams, added)
	}
	return nil
}

func (s *seeder) tickets(ctx context.Context, n int) error {
	tickets := newBatch(s.tx, "tickets", "id", "team_id", "title", "body", "requester", "status", "priority",
		"assignee_id", "created_at", "updated_at")
	comments := newBatch(s.tx, "comments", "ticket_id", "author", "body", "created_at")
	comments.after = tickets
	for i, created := range s.times(n) {
		id := int64(i + 1)
		// Each ticket has a source of its own: what it is does not depend on the day on which it is made.
		s.rng = rand.New(rand.NewPCG(7, uint64(id))) //nolint:gosec // no secret
		team := s.teams[s.rng.IntN(len(s.teams))]
		requester := s.customer()
		status := s.status(s.now.Sub(created))
		assignee := s.assignee(team, status)
		updated, answers := s.answers(team, requester, assignee, created)
		var assigneeID any
		if assignee.ID != 0 {
			assigneeID = assignee.ID
		}
		err := tickets.add(ctx, id, team.id, s.number(pick(s.rng, team.titles)), pick(s.rng, team.bodies), requester,
			string(status), int(s.priority()), assigneeID, stamp(created), stamp(updated))
		if err != nil {
			return err
		}
		for _, a := range answers {
			a[0] = id
			if err := comments.add(ctx, a...); err != nil {
				return err
			}
		}
	}
	if err := comments.flush(ctx); err != nil {
		return err
	}
	return s.tx.countOn(ctx, "tickets", n)
}

// countOn tells the counter of a table that IDs up to n were inserted by hand; SQLite sees that itself.
func (c conn) countOn(ctx context.Context, table string, n int) error {
	if !c.dialect.counters || n == 0 {
		return nil
	}
	return c.exec(ctx, `SELECT setval(pg_get_serial_sequence(?, 'id'), ?)`, table, n)
}

// times draws n moments of the last seedDays days, most of them in working hours, in order.
func (s *seeder) times(n int) []time.Time {
	all := make([]time.Time, 0, n)
	rng := rand.New(rand.NewPCG(19, 70)) //nolint:gosec // its own: how many numbers it takes depends on the time of day
	for len(all) < n {
		t := s.now.Add(-time.Duration(rng.Int64N(int64(seedDays * 24 * time.Hour)))).UTC()
		likely := 0.15
		if h := t.Hour(); h >= 7 && h < 19 {
			likely = 1
		}
		if rng.Float64() < likely {
			all = append(all, t.Truncate(time.Microsecond))
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// answers makes up to four comments, customer and agent in turn, and says when the last thing happened.
func (s *seeder) answers(team seededTeam, requester string, assignee Person, created time.Time) (last time.Time, all [][]any) {
	last = created
	for i := range s.rng.IntN(5) {
		at := last.Add(time.Duration(1 + s.rng.Int64N(int64(30*time.Hour)))).Truncate(time.Microsecond)
		if at.After(s.now) {
			break
		}
		author, body := assignee.Name, pick(s.rng, team.answers)
		if author == "" {
			author = pick(s.rng, team.people).Name
		}
		if i%2 == 1 {
			author, body = requester, pick(s.rng, customerReplies())
		}
		last = at
		all = append(all, []any{nil, author, body, stamp(at)})
	}
	return last, all
}

func customerReplies() []string {
	return []string{
		"Thank you, that helped!", "I have tried it, but it is still the same.", "It is on its way to you.",
		"Any news?", "Yes, please do. Thank you for the quick answer.",
	}
}

// status depends on the age: old tickets are mostly closed, those of today mostly open.
func (s *seeder) status(age time.Duration) Status {
	p := s.rng.Float64()
	switch days := age.Hours() / 24; {
	case days < 2 && p < 0.7, days < 14 && p < 0.25, p < 0.02:
		return StatusOpen
	case days < 2 && p < 0.9, days < 14 && p < 0.5, p < 0.06:
		return StatusPending
	case days < 30 || p < 0.2:
		return StatusSolved
	default:
		return StatusClosed
	}
}

func (s *seeder) assignee(team seededTeam, status Status) Person {
	if status == StatusOpen && s.rng.IntN(2) == 0 {
		return Person{}
	}
	return pick(s.rng, team.people)
}

func (s *seeder) priority() Priority {
	switch p := s.rng.IntN(100); {
	case p < 5:
		return Urgent
	case p < 20:
		return High
	case p < 80:
		return Normal
	default:
		return Low
	}
}

func (s *seeder) customer() string {
	first, last := seedCustomers()
	return pick(s.rng, first) + " " + pick(s.rng, last)
}

func (s *seeder) number(text string) string {
	return strings.Replace(text, "%", strconv.Itoa(10+s.rng.IntN(9990)), 1)
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

// Sample is a ticket like the seeded ones of the team, without a priority; intn is a source of numbers below n.
func Sample(team Team, intn func(n int) int) Draft {
	words := wordsOf(team)
	return Draft{
		Title: strings.Replace(words.titles[intn(len(words.titles))], "%", strconv.Itoa(10+intn(9990)), 1),
		Body:  words.bodies[intn(len(words.bodies))],
		Team:  team.ID,
	}
}

// SampleAnswer is a comment like the seeded ones of the team.
func SampleAnswer(team Team, intn func(n int) int) string {
	answers := wordsOf(team).answers
	return answers[intn(len(answers))]
}

func wordsOf(team Team) seedTeam {
	teams := seedTeams()
	for _, words := range teams {
		if words.name == team.Name {
			return words
		}
	}
	return teams[0]
}
