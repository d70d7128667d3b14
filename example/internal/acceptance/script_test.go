package acceptance_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A script is SQL that both engines understand.
type script struct {
	statements []string
	end        string // of the transaction that they are, COMMIT or ROLLBACK; "" where each is its own
}

// newScript makes up a script. Tickets below 5 keep their teams: pages look at them.
func newScript(rnd *rand.Rand) script {
	one := func() string { return few(rnd) }
	switch rnd.IntN(10) {
	case 0, 1:
		return script{statements: []string{one()}}
	case 2:
		return script{statements: []string{many(rnd)}}
	case 3:
		return script{[]string{one(), many(rnd), one()}, "COMMIT"}
	case 4:
		return script{[]string{one(), one()}, "ROLLBACK"}
	case 5:
		return script{[]string{many(rnd)}, "ROLLBACK"}
	case 6:
		return script{[]string{one(), "SAVEPOINT s", many(rnd), one(), "ROLLBACK TO SAVEPOINT s", one(), "RELEASE SAVEPOINT s"}, "COMMIT"}
	case 7:
		return script{[]string{"SAVEPOINT s", one(), "RELEASE SAVEPOINT s", "SAVEPOINT s", many(rnd), "ROLLBACK TO SAVEPOINT s"}, "COMMIT"}
	case 8:
		return script{statements: leave(rnd)}
	default:
		return script{leave(rnd), "COMMIT"}
	}
}

// text is what a shell is given.
func (s script) text() string {
	body := strings.Join(s.statements, ";\n") + ";\n"
	if s.end == "" {
		return body
	}
	return "BEGIN;\n" + body + s.end + ";\n"
}

func (s script) each(run func(statement string) error) error {
	for _, statement := range s.statements {
		if err := run(statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

const ticketFields = "team_id, title, body, requester, status, priority, created_at, updated_at"

// few writes a few rows.
func few(rnd *rand.Rand) string {
	id, team, n := 5+rnd.IntN(70), 1+rnd.IntN(3), rnd.IntN(1e6)
	status := []string{"open", "pending", "solved", "closed"}[rnd.IntN(4)]
	return []string{
		fmt.Sprintf("UPDATE tickets SET title = 'by a script %d', updated_at = updated_at + 1 WHERE id IN (3, 4, %d)", n, id),
		fmt.Sprintf("UPDATE tickets SET status = '%s' WHERE id IN (3, %d)", status, id),
		fmt.Sprintf("UPDATE tickets SET priority = %d WHERE id >= (SELECT max(id) FROM tickets) - 5", 1+rnd.IntN(4)),
		fmt.Sprintf("UPDATE tickets SET team_id = %d, assignee_id = NULL WHERE id = %d", team, id),
		fmt.Sprintf("INSERT INTO tickets (%s) VALUES (%d, 'new %d', 'text', 'a script', '%s', 2, 0, %d)", ticketFields, team, n, status, n),
		fmt.Sprintf("DELETE FROM tickets WHERE id IN (%d, (SELECT max(id) FROM tickets))", id),
		fmt.Sprintf("INSERT INTO comments (ticket_id, author, body, created_at) SELECT id, 'a script', 'words %d', 0 FROM tickets WHERE id IN (3, 4, %d)", n, id),
		fmt.Sprintf("UPDATE comments SET body = 'other words %d' WHERE ticket_id IN (3, %d)", n, id),
		fmt.Sprintf("DELETE FROM comments WHERE ticket_id IN (%d, %d)", 3+rnd.IntN(2), id),
		fmt.Sprintf("UPDATE teams SET name = 'Team %d of %d' WHERE id = %d", team, n, team),
		fmt.Sprintf("UPDATE agents SET name = 'Agent %d' WHERE id = %d", n, 2+rnd.IntN(10)),
	}[rnd.IntN(11)]
}

// many writes thousands of rows, or hundreds.
func many(rnd *rand.Rand) string {
	n := rnd.IntN(100)
	return []string{
		fmt.Sprintf("UPDATE tickets SET priority = 1 + (id + %d) %% 4, updated_at = updated_at + 1", n),
		fmt.Sprintf("UPDATE tickets SET status = CASE WHEN id %% 2 = %d THEN 'open' ELSE 'closed' END WHERE team_id = %d", n%2, 1+n%3),
		fmt.Sprintf("UPDATE tickets SET team_id = 1 + (team_id %% 3), assignee_id = NULL WHERE id > 4 AND id %% 50 = %d", n%50),
		fmt.Sprintf("INSERT INTO tickets (%s) SELECT %s FROM tickets WHERE id < 1000 AND id %% 10 = %d", ticketFields, ticketFields, n%10),
		fmt.Sprintf("DELETE FROM tickets WHERE id > 500 AND id %% 3 = %d", n%3),
		fmt.Sprintf("DELETE FROM comments WHERE id %% 5 = %d", n%5),
	}[rnd.IntN(6)]
}

// leave has somebody come, take on hundreds of tickets, and leave.
func leave(rnd *rand.Rand) []string {
	team := 1 + rnd.IntN(3)
	return []string{
		fmt.Sprintf("INSERT INTO agents (name, role, team_id) VALUES ('Temp %d', 'agent', %d)", rnd.Int64(), team),
		fmt.Sprintf("UPDATE tickets SET assignee_id = (SELECT max(id) FROM agents WHERE name LIKE 'Temp%%') WHERE team_id = %d AND (id %% 7 = 0 OR id < 5)", team),
		"DELETE FROM agents WHERE name LIKE 'Temp%'",
	}
}
