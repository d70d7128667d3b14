//go:build unix

package postgres_test

import (
	"context"
	osexec "os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// A table that was changed after its triggers were made is written as before, and heard of.
func TestTriggersAfterTheTableHasChanged(t *testing.T) {
	c, heard := tickets(t)
	table := postgres.Table{Name: "tickets", Columns: []string{"team_id", "status"}, Channel: channelOf(t)}
	hears(t, c, heard,
		says{"INSERT INTO tickets VALUES (1, 1, 'a'); ALTER TABLE tickets ALTER team_id TYPE text; UPDATE tickets SET team_id = 'x'", []string{
			"tickets 1 + id=1 status=a team_id=1", "tickets 1 - id=1 status=a team_id=1 + id=1 status=a team_id=x",
		}},
		says{"ALTER TABLE tickets RENAME status TO state; INSERT INTO tickets VALUES (2)", []string{"tickets"}},
		says{"UPDATE tickets SET team_id = 'y' WHERE id = 1", []string{"tickets"}},
		says{"DELETE FROM tickets WHERE id = 2", []string{"tickets"}},
	)
	if _, err := postgres.MissingTriggers(t.Context(), c.QueryRow, table); err == nil || !strings.Contains(err.Error(), "no column status") {
		t.Errorf("the column that is gone: %v", err)
	}
	exec(t, c, "ALTER TABLE tickets RENAME state TO status")
	if missing, err := postgres.MissingTriggers(t.Context(), c.QueryRow, table); err != nil || len(missing) != 1 {
		t.Errorf("outdated triggers: %v, %v", missing, err)
	}
	install(t, c, table)
	hears(t, c, heard,
		says{"UPDATE tickets SET team_id = 'z'", []string{"tickets 1 - id=1 status=a team_id=y + id=1 status=a team_id=z"}},
		says{"ALTER TABLE tickets RENAME TO issues; UPDATE issues SET team_id = 'a'", []string{"issues 1 - id=1 status=a team_id=z + id=1 status=a team_id=a"}},
		says{"ALTER TABLE issues ADD COLUMN early int; ALTER TABLE issues DROP CONSTRAINT tickets_pkey; DELETE FROM issues", []string{"issues 1 - id=1 status=a team_id=a"}},
	)
	table.Name = "issues"
	for _, broken := range []string{
		"ALTER TABLE issues DISABLE TRIGGER htmxlive_update", "DROP TRIGGER htmxlive_truncate ON issues",
		"ALTER TABLE issues ENABLE TRIGGER htmxlive_truncate", "ALTER TABLE issues ADD PRIMARY KEY (id)",
	} {
		install(t, c, table)
		exec(t, c, broken)
		if missing, err := postgres.MissingTriggers(t.Context(), c.QueryRow, table); err != nil || len(missing) != 1 {
			t.Errorf("after %s: %v, %v", broken, missing, err)
		}
	}
	table.Columns = table.Columns[:1]
	if missing, err := postgres.MissingTriggers(t.Context(), c.QueryRow, table); err != nil || len(missing) != 1 {
		t.Errorf("with another column declared: %v, %v", missing, err)
	}
}

// Who may write the table need not be allowed anything else, and policies hide no row from the triggers.
func TestTriggersForRolesWithoutRights(t *testing.T) {
	c, heard := tickets(t)
	const everybody = "GRANT EXECUTE ON FUNCTION pg_catalog.pg_notify(text, text) TO PUBLIC"
	defer exec(t, c, "RESET ROLE; DROP OWNED BY clerk; DROP ROLE clerk; "+everybody)
	exec(t, c, "CREATE ROLE clerk; GRANT INSERT, UPDATE, DELETE, SELECT (id) ON tickets TO clerk")
	schema := strings.ToLower(t.Name())
	schema = schema[max(0, len(schema)-50):]
	exec(t, c, "GRANT USAGE ON SCHEMA "+schema+" TO clerk; ALTER TABLE tickets ENABLE ROW LEVEL SECURITY")
	exec(t, c, "CREATE POLICY mine ON tickets USING (team_id = 1) WITH CHECK (true); SET ROLE clerk")
	hears(t, c, heard,
		says{"INSERT INTO tickets VALUES (1, 1, 'a'), (2, 2, 'b')", []string{"tickets 1 + id=1 status=a team_id=1", "tickets 2 + id=2 status=b team_id=2"}},
		says{"UPDATE tickets SET team_id = 3", []string{"tickets 1 - id=1 status=a team_id=1 + id=1 status=a team_id=3"}},
		says{"RESET ROLE; REVOKE EXECUTE ON FUNCTION pg_catalog.pg_notify(text, text) FROM PUBLIC; SET ROLE clerk; INSERT INTO tickets VALUES (3, 1, E'\\'\\\\')", []string{`tickets 3 + id=3 status='\ team_id=1`}},
	)
}

// Operators and functions that somebody has put into the search_path are not called: where PostgreSQL's own have exactly the
// arguments' types, they come first.
func TestTriggersUnderAForeignSearchPath(t *testing.T) {
	c, heard := tickets(t)
	exec(t, c, `
		CREATE FUNCTION evil(a anyelement, b anyelement) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'evil'; END$$;
		CREATE FUNCTION evil(a anyarray, b anyarray) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'evil'; END$$;
		CREATE FUNCTION evil(a name, b text) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'evil'; END$$;
		CREATE FUNCTION evil(a text, b name) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'evil'; END$$;
		CREATE FUNCTION evil(a text, b varchar) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'evil'; END$$;
		CREATE FUNCTION evil(a varchar, b text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'evil'; END$$;
		CREATE FUNCTION evil(a oid, b int) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'evil'; END$$;
		CREATE FUNCTION evil_text(a text[], b text[]) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'evil'; END$$;
		CREATE OPERATOR = (leftarg = text[], rightarg = text[], function = evil_text);
		CREATE OPERATOR = (leftarg = name, rightarg = text, function = evil);
		CREATE OPERATOR = (leftarg = text, rightarg = name, function = evil);
		CREATE OPERATOR || (leftarg = text, rightarg = varchar, function = evil);
		CREATE OPERATOR || (leftarg = varchar, rightarg = text, function = evil);
		CREATE OPERATOR || (leftarg = text, rightarg = name, function = evil);
		CREATE OPERATOR = (leftarg = oid, rightarg = int, function = evil);
		CREATE FUNCTION cardinality(text[]) RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE 'evil'; END$$;
		CREATE FUNCTION octet_length(text) RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE 'evil'; END$$;
		CREATE TABLE pg_inherits (inhrelid oid, inhparent oid)`)
	hears(t, c, heard,
		says{"INSERT INTO tickets VALUES (1, 1, 'a'), (2, 1, 'b')", []string{"tickets 1 + id=1 status=a team_id=1", "tickets 2 + id=2 status=b team_id=1"}},
		says{"UPDATE tickets SET team_id = 2", []string{
			"tickets 1 - id=1 status=a team_id=1 + id=1 status=a team_id=2", "tickets 2 - id=2 status=b team_id=1 + id=2 status=b team_id=2",
		}},
		says{"SET search_path = ''", nil},
	)
	var table string
	if err := c.QueryRow(t.Context(), "SELECT c.oid::regclass::text FROM pg_class c WHERE relname = 'tickets' AND relnamespace::regnamespace::text = $1",
		strings.ToLower(t.Name())).Scan(&table); err != nil {
		t.Fatal(err)
	}
	hears(t, c, heard, says{"DELETE FROM " + table + " WHERE id = 1", []string{"tickets 1 - id=1 status=a team_id=2"}})
}

// Triggers of statements do not fire where changes are replicated; the nodes hear of the table all the same.
func TestTriggersWhereChangesAreReplicated(t *testing.T) {
	c, heard := tickets(t)
	hears(t, c, heard,
		says{"SET session_replication_role = replica; INSERT INTO tickets SELECT generate_series(1, 1000)", []string{"tickets"}},
		says{"BEGIN; UPDATE tickets SET team_id = 1; DELETE FROM tickets WHERE id > 1; COMMIT", []string{"tickets"}},
		says{"UPDATE tickets SET id = 0 WHERE id < 0", nil},
		says{"TRUNCATE tickets; RESET session_replication_role", []string{"tickets"}},
	)
}

func TestTriggersOfLogicalReplication(t *testing.T) {
	s := pgtest.Start(t, "wal_level=logical")
	from := open(t, s)
	exec(t, from, "CREATE TABLE tickets (id int PRIMARY KEY, team_id int); INSERT INTO tickets VALUES (1, 1); CREATE PUBLICATION p FOR TABLE tickets")
	exec(t, from, "SELECT pg_create_logical_replication_slot('s', 'pgoutput')")
	exec(t, from, "CREATE DATABASE subscriber")
	url := strings.Replace(s.URL(), "/postgres?", "/subscriber?", 1)
	to, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close(context.Background())
	exec(t, to, "CREATE TABLE tickets (id int PRIMARY KEY, team_id int); LISTEN replicated")
	if err := postgres.InstallTriggers(t.Context(), to.Exec, postgres.Table{Name: "tickets", Columns: []string{"team_id"}, Channel: "replicated"}); err != nil {
		t.Fatal(err)
	}
	exec(t, to, "CREATE SUBSCRIPTION s CONNECTION '"+strings.ReplaceAll(from.Config().ConnString(), "'", "''")+"' PUBLICATION p WITH (create_slot = false)")
	defer exec(t, to, "ALTER SUBSCRIPTION s DISABLE; ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s")
	for _, sql := range []string{"SELECT 'the first copy'", "INSERT INTO tickets VALUES (2, 1)", "UPDATE tickets SET team_id = 2", "DELETE FROM tickets WHERE id = 1", "TRUNCATE tickets"} {
		exec(t, from, sql)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		n, err := to.WaitForNotification(ctx)
		cancel()
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if want := `{"v":1,"from":"","topics":["postgres:subscriber/public.tickets","postgres:subscriber/*"]}`; n.Payload != want {
			t.Errorf("%s: heard %s, want %s", sql, n.Payload, want)
		}
	}
}

// The text of a migration, run by psql twice, and what psql writes then.
func TestTriggersByPsql(t *testing.T) {
	psql, err := osexec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not here")
	}
	c, heard := world(t, "CREATE TABLE public.by_psql (id int PRIMARY KEY, team_id int)")
	defer exec(t, c, "DROP TABLE public.by_psql")
	run := func(sql string) {
		cmd := osexec.Command(psql, "-X", "-v", "ON_ERROR_STOP=1", "-f", "-", shared.URL())
		cmd.Stdin = strings.NewReader(sql)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	table := postgres.Table{Name: "public.by_psql", Columns: []string{"team_id"}, Channel: channelOf(t)}
	run(postgres.Triggers(table))
	run(postgres.Triggers(table) + "INSERT INTO by_psql VALUES (1, 2);\n\\copy by_psql FROM PROGRAM 'printf ''2\\t3\\n'''\n")
	heard.expect(t, "by_psql 1 + id=1 team_id=2", "by_psql 2 + id=2 team_id=3")
	for _, f := range []string{postgres.DropTriggers(table), "DELETE FROM by_psql;"} {
		run(f)
	}
	heard.expect(t)
}
