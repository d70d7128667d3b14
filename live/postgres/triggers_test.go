//go:build unix

package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/live/postgres"
)

func TestTriggersTellRows(t *testing.T) {
	c, heard := tickets(t)
	hears(t, c, heard,
		says{"INSERT INTO tickets VALUES (1, 3, 'open', repeat('x', 100000)), (2, NULL, E'it''s \"\\\\\n\u00e9', NULL)", []string{
			"tickets 1 + id=1 status=open team_id=3", "tickets 2 + id=2 status=it's \"\\\né team_id=NULL",
		}},
		says{"UPDATE tickets SET team_id = 4 WHERE id = 1", []string{"tickets 1 - id=1 status=open team_id=3 + id=1 status=open team_id=4"}},
		says{"UPDATE tickets SET status = repeat('x', 65)", []string{
			"tickets 1 - id=1 status=open team_id=4 + id=1 team_id=4",
			"tickets 2 - id=2 status=it's \"\\\né team_id=NULL + id=2 team_id=NULL",
		}},
		says{"UPDATE tickets SET id = 12, status = 'x' WHERE id = 2", []string{"tickets 2 - id=2 team_id=NULL", "tickets 12 + id=12 status=x team_id=NULL"}},
		says{"UPDATE tickets SET id = 5 WHERE id = 6", nil},
		says{"INSERT INTO tickets SELECT * FROM tickets WHERE false", nil},
		says{"DELETE FROM tickets WHERE id = 7", nil},
		says{"DELETE FROM tickets WHERE id = 12", []string{"tickets 12 - id=12 status=x team_id=NULL"}},
		says{"TRUNCATE tickets", []string{"tickets"}},
	)
}

// Many rows are told by the distinct values of the columns, and too many of these by the table.
func TestTriggersTellManyRows(t *testing.T) {
	c, heard := tickets(t)
	exec(t, c, "INSERT INTO tickets SELECT n, n % 2, repeat(E'\\u0001', 60) FROM generate_series(1, 100) n") // 360 bytes each in JSON
	frames := heard.frames(t)
	var changes []change
	for _, f := range frames {
		changes = append(changes, f.Changes...)
	}
	if len(changes) != 100 || len(frames) < 6 {
		t.Errorf("100 rows were told as %d changes in %d frames, want all of them in several", len(changes), len(frames))
	}
	hears(t, c, heard,
		says{"INSERT INTO tickets SELECT n, n % 2, 'open' FROM generate_series(101, 201) n", []string{"tickets + status=open team_id=0", "tickets + status=open team_id=1"}},
		says{"UPDATE tickets SET team_id = 3 WHERE id > 100", []string{
			"tickets - status=open team_id=0", "tickets - status=open team_id=1", "tickets + status=open team_id=3",
		}},
		says{"UPDATE tickets SET team_id = id", []string{"tickets"}},
		says{"DELETE FROM tickets", []string{"tickets"}},
		says{"INSERT INTO tickets SELECT n, 1 FROM generate_series(1, 10000) n", []string{"tickets + status=NULL team_id=1"}},
		says{"INSERT INTO tickets SELECT n, 1 FROM generate_series(10001, 20001) n", []string{"tickets"}},
		says{"INSERT INTO tickets SELECT n, 1 FROM generate_series(20002, 100000) n", []string{"tickets"}},
		says{"UPDATE tickets SET team_id = 2", []string{"tickets"}},
		says{"DELETE FROM tickets", []string{"tickets"}},
	)

	exec(t, c, "CREATE TABLE notes (id int PRIMARY KEY, body text)")
	install(t, c, postgres.Table{Name: "notes"})
	hears(t, c, heard,
		says{"INSERT INTO notes VALUES (1), (2)", []string{"notes 1 + id=1", "notes 2 + id=2"}},
		says{"INSERT INTO notes SELECT generate_series(3, 103)", []string{"notes +"}},
	)
}

// Whatever the statement is called, and whoever has it run.
func TestTriggersTellEveryStatement(t *testing.T) {
	c, heard := tickets(t)
	for _, s := range []string{
		"CREATE TABLE comments (id int PRIMARY KEY, ticket_id int REFERENCES tickets ON DELETE CASCADE ON UPDATE CASCADE)",
		"CREATE TABLE watches (ticket_id int REFERENCES tickets ON DELETE SET NULL)",
		"CREATE VIEW open_tickets AS SELECT id, team_id FROM tickets WHERE status = 'open' WITH CHECK OPTION",
		"CREATE VIEW teams AS SELECT DISTINCT team_id FROM tickets",
		`CREATE FUNCTION rename_team() RETURNS trigger LANGUAGE plpgsql AS
			$$BEGIN UPDATE tickets SET team_id = NEW.team_id WHERE team_id = OLD.team_id; RETURN NEW; END$$`,
		"CREATE TRIGGER rename INSTEAD OF UPDATE ON teams FOR EACH ROW EXECUTE FUNCTION rename_team()",
		"CREATE TABLE inbox (id int)",
		"CREATE RULE forward AS ON INSERT TO inbox DO INSTEAD INSERT INTO tickets VALUES (NEW.id, 8, 'new')",
		"CREATE TABLE orders (id int)",
		`CREATE FUNCTION order_ticket() RETURNS trigger LANGUAGE plpgsql AS
			$$BEGIN INSERT INTO tickets VALUES (NEW.id, 9, 'ordered'); RETURN NEW; END$$`,
		"CREATE TRIGGER ticket BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION order_ticket()",
		"CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.status := upper(NEW.status); RETURN NEW; END$$",
	} {
		exec(t, c, s)
	}
	install(t, c, postgres.Table{Name: "comments", Columns: []string{"ticket_id"}}, postgres.Table{Name: "watches", Columns: []string{"ticket_id"}})
	hears(t, c, heard,
		says{"INSERT INTO tickets VALUES (1, 1, 'a') ON CONFLICT (id) DO UPDATE SET status = 'b'", []string{"tickets 1 + id=1 status=a team_id=1"}},
		says{"INSERT INTO tickets VALUES (1, 1, 'a'), (2, 2, 'a') ON CONFLICT (id) DO UPDATE SET status = 'b'", []string{
			"tickets 1 - id=1 status=a team_id=1 + id=1 status=b team_id=1", "tickets 2 + id=2 status=a team_id=2",
		}},
		says{"INSERT INTO tickets VALUES (1, 1, 'a') ON CONFLICT DO NOTHING", nil},
		says{`MERGE INTO tickets t USING (VALUES (1), (2), (3)) v (id) ON t.id = v.id
			WHEN MATCHED AND t.id = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET team_id = 5 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 3, 'm')`, []string{
			"tickets 1 - id=1 status=b team_id=1", "tickets 2 - id=2 status=a team_id=2 + id=2 status=a team_id=5", "tickets 3 + id=3 status=m team_id=3",
		}},
		says{"WITH gone AS (DELETE FROM tickets WHERE id = 3 RETURNING id) INSERT INTO tickets SELECT id + 1, 4, 'w' FROM gone", []string{
			"tickets 3 - id=3 status=m team_id=3", "tickets 4 + id=4 status=w team_id=4",
		}},
		says{"UPDATE teams SET team_id = 6 WHERE team_id = 4", []string{"tickets 4 - id=4 status=w team_id=4 + id=4 status=w team_id=6"}},
		says{"INSERT INTO inbox VALUES (8)", []string{"tickets 8 + id=8 status=new team_id=8"}},
		says{"INSERT INTO orders VALUES (9), (10)", []string{"tickets 9 + id=9 status=ordered team_id=9", "tickets 10 + id=10 status=ordered team_id=9"}},
		says{"UPDATE tickets SET status = 'open' WHERE id = 8; DELETE FROM open_tickets", []string{
			"tickets 8 - id=8 status=new team_id=8 + id=8 status=open team_id=8", "tickets 8 - id=8 status=open team_id=8",
		}},
		says{"CREATE TRIGGER shout BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION shout(); INSERT INTO tickets VALUES (11, 1, 'quiet')", []string{"tickets 11 + id=11 status=QUIET team_id=1"}},
		says{"INSERT INTO comments SELECT n, 9 FROM generate_series(1, 2) n; INSERT INTO watches VALUES (9), (9)", []string{
			"comments 1 + id=1 ticket_id=9", "comments 2 + id=2 ticket_id=9", "watches + ticket_id=9", "watches + ticket_id=9",
		}},
		says{"DELETE FROM watches; UPDATE tickets SET id = 19 WHERE id = 9", []string{
			"watches - ticket_id=9", "watches - ticket_id=9",
			"tickets 9 - id=9 status=ordered team_id=9", "tickets 19 + id=19 status=ordered team_id=9",
			"comments 1 - id=1 ticket_id=9 + id=1 ticket_id=19", "comments 2 - id=2 ticket_id=9 + id=2 ticket_id=19",
		}},
		says{"INSERT INTO watches VALUES (19); DELETE FROM tickets WHERE id = 19", []string{
			"watches + ticket_id=19", "watches - ticket_id=19 + ticket_id=NULL",
			"tickets 19 - id=19 status=ordered team_id=9",
			"comments 1 - id=1 ticket_id=19", "comments 2 - id=2 ticket_id=19",
		}},
		says{"TRUNCATE tickets CASCADE", []string{"tickets", "comments", "watches"}},
		says{"BEGIN; INSERT INTO tickets VALUES (1); SAVEPOINT s; INSERT INTO tickets VALUES (2); ROLLBACK TO s; INSERT INTO tickets VALUES (3); COMMIT", []string{
			"tickets 1 + id=1 status=NULL team_id=NULL", "tickets 3 + id=3 status=NULL team_id=NULL",
		}},
		says{"BEGIN; DELETE FROM tickets; ROLLBACK", nil},
	)
	rows := [][]any{{20, 7, "copied"}, {21, 7, "copied"}}
	if _, err := c.CopyFrom(t.Context(), pgx.Identifier{"tickets"}, []string{"id", "team_id", "status"}, pgx.CopyFromRows(rows)); err != nil {
		t.Fatal(err)
	}
	heard.expect(t, "tickets 20 + id=20 status=COPIED team_id=7", "tickets 21 + id=21 status=COPIED team_id=7")
}
