//go:build unix

package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live/postgres"
)

// Another program changes the schema: within a second what was remembered is forgotten, and everything is told to have changed.
func TestTheSchemaChanges(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	other := b.other()
	for _, c := range []struct{ sql, before, change, after string }{
		{"SELECT title FROM open_titles", "teams tickets", "CREATE OR REPLACE VIEW open_titles AS SELECT body AS title FROM comments", "comments"},
		{"SELECT id FROM secrets", "secrets", "ALTER TABLE secrets OWNER TO reader", "secrets"},
		{"SELECT ticket_count(1)", "tickets", "CREATE OR REPLACE FUNCTION ticket_count(team int) RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM teams; END", "teams"},
		{"SELECT id FROM logs1", "logs logs1", "ALTER TABLE logs DETACH PARTITION logs1", "logs1"},
		{"SELECT id FROM cats", "animals cats owned", "ALTER TABLE cats NO INHERIT owned", "animals cats"},
		{"SELECT count(*) FROM members", "members", "ALTER TABLE members ADD COLUMN more int", "members"},
		{"SELECT id FROM comments", "comments", "ALTER TABLE comments RENAME COLUMN body TO words", "comments"},
		{"SELECT count(*) FROM teams", "teams", "CREATE SCHEMA postgres; CREATE TABLE postgres.teams (id int)", "postgres.teams"},
		{`SELECT count(*) FROM "Odd Name"`, "Odd Name", `DROP TABLE "Odd Name"; CREATE VIEW "Odd Name" AS SELECT FROM comments`, "comments"},
	} {
		b.want(c.sql, c.before)
		b.told()
		if _, err := other.Exec(t.Context(), c.change); err != nil {
			t.Fatal(err)
		}
		b.await("[ALL]", 3*time.Second)
		b.want(c.sql, c.after)
	}
}

// A transaction that has changed the schema sees what nobody else does.
func TestAnOwnChangeOfTheSchema(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	b.want("SELECT count(*) FROM teams", "teams")
	b.told()
	b.must("BEGIN", "CREATE SCHEMA postgres", "CREATE TABLE postgres.teams AS SELECT * FROM comments")
	b.want("SELECT count(*) FROM teams", "*")
	b.must("COMMIT")
	b.await("[ALL]", 500*time.Millisecond)
	b.want("SELECT count(*) FROM teams", "postgres.teams")
}

// await waits until something is published, which is what is wanted.
func (b *bed) await(want string, most time.Duration) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), most+10*time.Second)
	defer cancel()
	for got := ""; got == ""; {
		select {
		case <-b.news:
		case <-ctx.Done():
			b.t.Fatal("nothing was published")
		}
		if got = b.told(); got != "" && got != want {
			b.t.Errorf("published %s, want %s", got, want)
		}
	}
}
