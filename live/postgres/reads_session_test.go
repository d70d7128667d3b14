//go:build unix

package postgres_test

import (
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live/postgres"
)

// reads runs a statement for its reads.
func (b *bed) reads(sql string, args ...any) string {
	b.t.Helper()
	b.followed()
	b.query(sql, args...)
	fresh, older := b.followed()
	if older != "" {
		fresh += " older: " + older
	}
	return strings.TrimSpace(fresh)
}

func (b *bed) query(sql string, args ...any) {
	b.t.Helper()
	rows, _ := b.Query(b.t.Context(), sql, args...)
	rows.Close()
	if err := rows.Err(); err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
}

func (b *bed) want(sql, want string, args ...any) {
	b.t.Helper()
	if got := b.reads(sql, args...); got != want {
		b.t.Errorf("%s: follows %q, want %q: %s", sql, got, want, b.said())
	}
}

func TestPoliciesAreOfTheRole(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	const sql = "SELECT id FROM secrets"
	b.want(sql, "secrets")
	b.must("SET ROLE reader")
	b.want(sql, "members secrets")
	b.want("SELECT id FROM secret_ids", "secrets") // with its owner's rights
	b.want("SELECT id FROM invoked", "members secrets")
	b.must("RESET ROLE")
	b.want(sql, "secrets")
	b.must("BEGIN", "SET LOCAL ROLE reader")
	b.want(sql, "members secrets")
	b.must("COMMIT")
	b.want(sql, "secrets")
	b.must("BEGIN", "SELECT set_config('role', 'reader', true)")
	b.want(sql, "members secrets")
	b.must("ROLLBACK")
	b.want(sql, "secrets")
	b.must("BEGIN", "SAVEPOINT x", "SET ROLE reader")
	b.want(sql, "members secrets")
	b.must("ROLLBACK TO SAVEPOINT x")
	b.want(sql, "secrets")
	b.must("ROLLBACK", "SET SESSION AUTHORIZATION reader")
	b.want(sql, "members secrets")
	b.must("RESET SESSION AUTHORIZATION")
	b.want(sql, "secrets")
}

// A statement that is remembered costs no round trip. Only what may have changed the role or the search_path costs one.
func TestTheSessionIsAskedWhereItMayHaveChanged(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	w := &wire{}
	b.config.DialFunc = w.dial
	b.Conn = b.connect()
	sent := w.latest()
	const sql = "SELECT id FROM secrets"
	b.want(sql, "secrets")
	for _, c := range []struct {
		sql  string
		want int64
	}{
		{"SELECT 1", 0},
		{"SELECT set_config('app.user', '1', false)", 0},
		{"SELECT set_config('role', 'none', false)", 1},
		{"SELECT set_config('app.' || 'x', '1', false)", 1},
		{"SET app.who = '2'", 0},
		{"SET ROLE NONE", 1},
		{"SET LOCAL ROLE NONE", 1},
		{"SET timezone = 'UTC'", 0},
		{"RESET ALL", 1},
		{"UPDATE teams SET name = name", 0},
		{"SELECT 'set_config'", 1},
		{"DO 'BEGIN END'", 1},
		{"CREATE TEMP TABLE passing (id int)", 1},
		{"DROP TABLE passing", 1},
		{"SELECT 2", 0},
	} {
		b.must(c.sql)
		before := sent.writes.Load()
		b.reads(sql)
		if asked := sent.writes.Load() - before - 1; asked != c.want {
			t.Errorf("after %s it is asked %d times, want %d", c.sql, asked, c.want)
		}
	}
}

// A role that may make no temporary tables follows everything.
func TestARoleThatMayNotAsk(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	exec(t, b.other(), "REVOKE TEMPORARY ON DATABASE "+b.name+" FROM PUBLIC")
	b.must("SET ROLE reader")
	b.want("SELECT id FROM teams", "*")
	if said := b.said(); !strings.Contains(said, "permission denied") {
		t.Errorf("said %s", said)
	}
}

func TestAFunctionThatSetsTheRole(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop+`
		CREATE FUNCTION become(text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('role', $1, false); END $$;`)
	b.want("SELECT id FROM secrets", "secrets")
	b.must("SELECT become('reader')")
	b.want("SELECT id FROM secrets", "members secrets")
}

func TestTheSearchPath(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	const sql = "SELECT id FROM tickets"
	b.want(sql, "tickets")
	b.must("SET search_path = app, public")
	b.want(sql, "app.tickets")
	b.must("BEGIN", "SET LOCAL search_path = public")
	b.want(sql, "tickets")
	b.must("ROLLBACK")
	b.want(sql, "app.tickets")
	b.must("RESET search_path")
	b.want(sql, "tickets")
}
