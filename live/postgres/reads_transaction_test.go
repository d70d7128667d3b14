//go:build unix

package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/live/postgres"
)

func TestSnapshots(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	begin := func(o pgx.TxOptions) {
		if _, err := b.BeginTx(b.unrecorded(), o); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		options pgx.TxOptions
		older   bool
	}{
		"default":         {pgx.TxOptions{}, false},
		"read committed":  {pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, false},
		"repeatable read": {pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, true},
		"serializable":    {pgx.TxOptions{IsoLevel: pgx.Serializable, AccessMode: pgx.ReadOnly}, true},
	} {
		begin(c.options)
		b.want("SELECT id FROM tickets", "tickets")
		want := "teams"
		if c.older {
			want = "older: teams"
		}
		if got := b.reads("SELECT id FROM teams"); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		b.must("ROLLBACK")
	}
	b.must("SET default_transaction_isolation = 'repeatable read'")
	b.want("SELECT id FROM tickets", "tickets") // a transaction of its own
	b.want("SELECT id FROM teams", "teams")
	begin(pgx.TxOptions{})
	b.must("UPDATE teams SET name = name")
	b.want("SELECT id FROM teams", "older: teams")
	b.must("ROLLBACK")
	b.must("RESET default_transaction_isolation", "BEGIN", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
	b.want("SELECT id FROM tickets", "tickets")
	b.want("SELECT id FROM teams", "older: teams")
	b.must("ROLLBACK")
}

func TestCursors(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	b.must("BEGIN")
	b.want("DECLARE c CURSOR FOR SELECT id FROM tickets", "*")
	b.want("FETCH ALL FROM c", "older: *")
	b.must("ROLLBACK")
}

func TestTemporaryTables(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	b.want("SELECT id FROM tickets", "tickets")
	b.must("CREATE TEMP TABLE tickets (id int)")
	b.want("SELECT id FROM tickets", "*")
	b.must("DROP TABLE tickets")
	b.want("SELECT id FROM tickets", "tickets")
	b.must("BEGIN", "SELECT 1 AS id INTO TEMPORARY tickets")
	b.want("SELECT id FROM tickets", "*")
	b.must("COMMIT")
	b.want("SELECT id FROM tickets", "*")
	b.must("DISCARD TEMP")
	b.want("SELECT id FROM tickets", "tickets")
}

// A statement that waits for a lock of its own transaction would wait for ever if the probe did.
func TestALockedTable(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	b.must("BEGIN", "LOCK TABLE teams IN ACCESS EXCLUSIVE MODE")
	b.want("SELECT id FROM teams", "*")
	b.must("COMMIT")
	b.want("SELECT id FROM teams", "teams")
}

func TestManyParameters(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	sql, args := "SELECT id FROM tickets WHERE id IN ($1", []any{1}
	for i := range 200 {
		sql += fmt.Sprintf(", $%d", i+2)
		args = append(args, i)
	}
	b.want(sql+") AND title <> '$1'", "tickets", args...)
}

func TestTheClock(t *testing.T) {
	b := newBed(t, postgres.Watch{PublishWrites: true}, shop+`
		CREATE VIEW recent AS SELECT id FROM tickets WHERE at > now() - interval '1 day';
		CREATE FUNCTION today() RETURNS date LANGUAGE sql STABLE BEGIN ATOMIC SELECT CURRENT_DATE; END;
		CREATE TABLE mine (id int);
		ALTER TABLE mine ENABLE ROW LEVEL SECURITY;
		CREATE POLICY mine ON mine USING (id = current_setting('app.user', true)::int);
		GRANT SELECT ON mine TO reader;`)
	for sql, want := range map[string]string{
		"SELECT now()": "now()", "SELECT CURRENT_TIMESTAMP": "CURRENT_TIMESTAMP", "SELECT LOCALTIME(0)": "CURRENT_TIMESTAMP", "SELECT random()": "random()",
		"SELECT id FROM recent": "now()", "SELECT today()": "CURRENT_TIMESTAMP", "SELECT gen_random_uuid()": "gen_random_uuid()",
		"SELECT current_setting('app.user', true)": "current_setting()", "SELECT age(at) FROM tickets": "age()", "SELECT age(at, at) FROM tickets": "",
		"SELECT at::date, at::text, to_char(at, 'DD') FROM tickets": "", "SELECT current_user, current_database()": "", "SELECT pg_advisory_xact_lock(1)": "",
		"SELECT nextval('comments_id_seq')": "", "SELECT id FROM tickets": "", "SELECT * FROM pg_stat_activity": "pg_stat_get_activity()",
	} {
		b.followed()
		b.query(sql)
		if b.clock != want {
			t.Errorf("%s depends on %q, want %q", sql, b.clock, want)
		}
	}
	b.must("SET ROLE reader")
	b.followed()
	if b.query("SELECT id FROM mine"); b.clock != "" {
		t.Errorf("a policy depends on %q", b.clock)
	}
}

// What follows everything, or a table without triggers, is said once.
func TestWhatIsCoarseIsSaidOnce(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	for range 3 {
		b.query("SELECT opaque() FROM teams")
		b.query("EXPLAIN SELECT 1")
		b.query("SELECT name FROM teams")
		b.query("SELECT count(*) FROM teams")
	}
	said := b.said()
	for what, want := range map[string]int{"public.opaque, which does not show": 1, "EXPLAIN SELECT 1": 1, "table=public.teams": 1, "level=": 3} {
		if got := strings.Count(said, what); got != want {
			t.Errorf("said %q %d times, want %d: %s", what, got, want, said)
		}
	}
}
