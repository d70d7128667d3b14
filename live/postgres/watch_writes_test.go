//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/htmxlive/htmxlive/live/postgres"
)

const shopWithTriggers = shop + `
	CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.body := upper(NEW.body); RETURN NEW; END';
	CREATE TABLE notes (id int, body text);
	CREATE TRIGGER stamp BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION stamp();
	CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO teams VALUES (NEW.id, ''x''); RETURN NEW; END';
	CREATE TABLE audited (id int);
	CREATE TRIGGER audit AFTER INSERT ON audited FOR EACH ROW EXECUTE FUNCTION audit();
	CREATE FUNCTION adds() RETURNS void LANGUAGE plpgsql AS 'BEGIN INSERT INTO teams VALUES (99); END';
	CREATE VIEW names AS SELECT id, name FROM teams;
	CREATE TABLE later (id int PRIMARY KEY, other int REFERENCES later DEFERRABLE INITIALLY DEFERRED);`

// What a statement writes, where nothing else tells.
func TestWrites(t *testing.T) {
	b := newBed(t, postgres.Watch{PublishWrites: true}, shopWithTriggers)
	for _, c := range []struct{ sql, want string }{
		{"INSERT INTO comments (body) VALUES ('x')", "[* comments]"},
		{"INSERT INTO comments (body) SELECT title FROM tickets RETURNING id", "[* comments]"},
		{"UPDATE app.tickets SET id = 1", "[* app.tickets]"},
		{"DELETE FROM teams WHERE id = 77", "[* comments teams tickets]"}, // cascades
		{"INSERT INTO logs VALUES (1, 1)", "[* logs logs1 logs2 logs2a]"},
		{"INSERT INTO logs2a VALUES (1, 2)", "[* logs logs2 logs2a]"},
		{"DELETE FROM cats", "[* animals cats owned]"},
		{"WITH x AS (INSERT INTO members VALUES (1, 'me') RETURNING *) SELECT * FROM x, teams", "[* members]"},
		{"MERGE INTO members m USING teams t ON m.team_id = t.id WHEN MATCHED THEN DELETE", "[* members]"},
		{"INSERT INTO notes VALUES (1, 'x')", "[* notes]"},
		{"INSERT INTO audited VALUES (50)", "[ALL]"},
		{"UPDATE names SET name = name", "[* comments teams tickets]"},
		{"SELECT adds()", "[ALL]"},
		{"DO 'BEGIN END'", "[ALL]"},
		{"TRUNCATE members", "[ALL]"},
		{"SELECT id FROM tickets", ""},
		{"SELECT id FROM tickets WHERE title = 'update'", ""},
		{"SELECT opaque()", ""},
		{"SET application_name = 'x'", ""},
		{"UPDATE teams SET name = nothing", ""},
		{"CREATE TABLE fresh (id int)", "[ALL]"},
	} {
		b.query2(c.sql)
		got := b.told()
		if c.want == "[ALL]" {
			got = got[:min(len(got), len(c.want))] // a change of the schema is noticed besides
		}
		if got != c.want {
			t.Errorf("%s: published %s, want %s: %s", c.sql, got, c.want, b.said())
		}
	}
}

// query2 runs a statement, whatever becomes of it.
func (b *bed) query2(sql string) {
	rows, _ := b.Query(b.unrecorded(), sql)
	rows.Close()
}

func TestTransactionsThatWrite(t *testing.T) {
	b := newBed(t, postgres.Watch{PublishWrites: true}, shopWithTriggers)
	ctx := b.unrecorded()
	const write, other = "INSERT INTO members VALUES (1, 'me')", "UPDATE app.tickets SET id = 1"
	for _, c := range []struct {
		name, want string
		run        func() error
	}{
		{"commit", "[* app.tickets members]", func() error { b.must("BEGIN", write, other, write, "COMMIT"); return nil }},
		{"rollback", "", func() error { b.must("BEGIN", write, other, "ROLLBACK"); return nil }},
		{"nothing is left of it", "[* members]", func() error { b.must(write); return nil }},
		{"a savepoint", "[* app.tickets members]", func() error {
			b.must("BEGIN", "SAVEPOINT a", write, "ROLLBACK TO a", other, "END")
			return nil
		}},
		{"a commit that is refused", "[* later]", func() error {
			b.must("BEGIN", "INSERT INTO later VALUES (1, 2)")
			if _, err := b.Exec(ctx, "COMMIT"); err == nil {
				return errors.New("committed")
			}
			return nil
		}},
		{"a transaction that failed", "", func() error {
			b.must("BEGIN", write)
			b.query2("SELECT 1/0")
			b.must("COMMIT")
			return nil
		}},
		{"a statement that failed", "", func() error { b.query2("INSERT INTO teams VALUES (1)"); return nil }},
		{"a batch", "[* app.tickets members]", func() error {
			batch := &pgx.Batch{}
			batch.Queue(write)
			batch.Queue(other)
			batch.Queue("SELECT 1")
			return b.SendBatch(ctx, batch).Close()
		}},
		{"a batch that failed", "", func() error {
			batch := &pgx.Batch{}
			batch.Queue(write)
			batch.Queue("SELECT 1/0")
			if b.SendBatch(ctx, batch).Close() == nil {
				return errors.New("no error")
			}
			return nil
		}},
		{"a batch in a transaction", "[* app.tickets members]", func() error {
			b.must("BEGIN", other)
			batch := &pgx.Batch{}
			batch.Queue(write)
			if err := b.SendBatch(ctx, batch).Close(); err != nil {
				return err
			}
			if told := b.told(); told != "" {
				t.Errorf("before the commit: %s", told)
			}
			b.must("COMMIT")
			return nil
		}},
		{"COPY", "[* members]", func() error {
			_, err := b.CopyFrom(ctx, pgx.Identifier{"members"}, []string{"team_id"}, pgx.CopyFromRows([][]any{{1}}))
			return err
		}},
		{"several statements", "[* app.tickets members]", func() error {
			_, err := b.Exec(ctx, write+"; "+other, pgx.QueryExecModeSimpleProtocol)
			return err
		}},
		{"database/sql", "[* app.tickets members]", func() error {
			db := stdlib.OpenDB(*b.config)
			defer db.Close()
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			_, err1 := tx.ExecContext(ctx, write)
			_, err2 := tx.ExecContext(ctx, other)
			return errors.Join(err1, err2, tx.Commit())
		}},
	} {
		if err := c.run(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := b.told(); got != c.want {
			t.Errorf("%s: published %s, want %s: %s", c.name, got, c.want, b.said())
		}
	}
}

// A commit whose answer is lost may have happened, so it is published; what was not committed is not.
func TestTheAnswerIsLost(t *testing.T) {
	b := newBed(t, postgres.Watch{PublishWrites: true}, shopWithTriggers)
	ctx := b.unrecorded()
	const write = "INSERT INTO members VALUES (1, 'me')"
	for sql, want := range map[string]string{write: "[* members]", "COMMIT": "[* members]", "SELECT pg_sleep(9)": ""} {
		w := &wire{}
		config := b.config.Copy()
		config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			return w.dial(ctx, network, address)
		}
		c, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		wire := w.latest()
		if sql != write {
			exec(t, c, "BEGIN")
		}
		exec(t, c, write) // asked and prepared
		b.told()
		wrote := wire.lose()
		go func() {
			<-wrote
			wire.Close()
		}()
		if _, err := c.Exec(ctx, sql); err == nil {
			t.Errorf("%s: the answer was not lost", sql)
		}
		if got := b.told(); got != want {
			t.Errorf("%s: published %s, want %s", sql, got, want)
		}
		if doubt := b.doubted(); (doubt > 10*time.Second) != (want != "") {
			t.Errorf("%s: the keeper is in doubt for %v", sql, doubt)
		}
		c.Close(context.WithoutCancel(ctx))
	}
}

// doubted is for how long a commit may still appear, as the keeper was told since the last time.
func (r *record) doubted() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.doubt = 0 }()
	return r.doubt
}

// Where triggers tell, a call that commits returns when this node has heard.
func TestItsOwnWriteIsHeard(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shopWithTriggers)
	for _, c := range []struct {
		sql  []string
		want int
	}{
		{[]string{"INSERT INTO members VALUES (1, 'me')"}, 1},
		{[]string{"UPDATE members SET team_id = 2 WHERE who = 'nobody'"}, 0},
		{[]string{"SELECT id FROM tickets"}, 0},
		{[]string{"BEGIN", "DELETE FROM members", "COMMIT"}, 1},
		{[]string{"BEGIN", "INSERT INTO members VALUES (1, 'me')", "ROLLBACK"}, 0},
		{[]string{"BEGIN", "SELECT 1", "COMMIT"}, 0},
		{[]string{"WITH x AS (INSERT INTO members VALUES (1, 'me') RETURNING *) SELECT * FROM x"}, 1},
		{[]string{"TRUNCATE members"}, 1},
	} {
		b.syncs = 0
		for _, sql := range c.sql {
			b.query2(sql)
		}
		if b.syncs != c.want {
			t.Errorf("%q: %d times heard, want %d", c.sql, b.syncs, c.want)
		}
		if told := b.told(); told != "" {
			t.Errorf("%q: published %s", c.sql, told)
		}
	}
}
