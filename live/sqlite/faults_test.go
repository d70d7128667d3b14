package sqlite_test

import (
	"database/sql"
	"errors"
	"slices"
	"testing"

	"github.com/htmxlive/htmxlive/live/sqlite"
)

// faulty opens the file of a database that is watched with a driver that does something besides.
func faulty(t *testing.T, of *bed, faults *sqlite.Faults) *bed {
	t.Helper()
	b := &bed{record: of.record, t: t, path: of.path}
	var err error
	if b.DB, b.look, err = sqlite.OpenFaulty(dsn(of.path), of.record, faults); err != nil {
		t.Fatal(err)
	}
	b.cleanUp()
	b.must("SELECT 1")
	return b
}

// Another program commits between a commit of this one and the moment in which this one knows how it ended: that is
// another program's commit, also where this one's wrote nothing and its number was taken by the other.
func TestForeignCommitsRightAfterOwn(t *testing.T) {
	for mode, pragma := range modes {
		for statement, want := range map[string][]string{
			"INSERT INTO n (id, who, n) VALUES (2, 'own', 1)":      {"* n", "ALL"},
			"UPDATE n SET n = n + 1":                               {"* n", "ALL"},
			"UPDATE n SET n = n WHERE id = 1":                      {"* n", "ALL"}, // writes no page
			"UPDATE n SET who = who WHERE id = 1":                  {"* n", "ALL"},
			"REPLACE INTO n (id, who, n) VALUES (1, 'own', 1)":     {"* n", "ALL"},
			"UPDATE n SET n = 2 WHERE id = 99":                     {"ALL"},
			"BEGIN IMMEDIATE; COMMIT":                              {"ALL"},
			"SELECT * FROM n":                                      {"ALL"},
			"CREATE TABLE fresh (id)":                              {"ALL", "ALL"},
			"CREATE TEMP TABLE mine (id)":                          {"ALL"},
			"INSERT INTO n (id) VALUES (1) ON CONFLICT DO NOTHING": {"ALL"},
		} {
			t.Run(mode+"/"+statement, func(t *testing.T) {
				b := watched(t, pragma)
				b.must("INSERT INTO n (id, who, n) VALUES (1, 'own', 1)")
				p := openRaw(t, b.path)
				var faults sqlite.Faults
				f := faulty(t, b, &faults)
				b.look()
				b.forget()
				faults.After = func() {
					if _, err := p.ExecContext(t.Context(), "INSERT INTO other VALUES (1)"); err != nil {
						t.Error(err)
					}
				}
				f.must(statement)
				b.look()
				if got := slices.Sorted(slices.Values(b.writes())); !slices.Equal(got, want) {
					t.Errorf("published %q, want %q", got, want)
				}
				faults.After = nil
				f.must("INSERT INTO n (who) VALUES ('own')")
				b.look()
				if got := b.writes(); !slices.Equal(got, []string{"* n"}) {
					t.Errorf("afterwards published %q", got)
				}
			})
		}
	}
}

// A commit that fails after the hook has heard of it, with the transaction still open, is published when it commits.
func TestACommitThatFailsLate(t *testing.T) {
	b := watched(t, wal)
	var faults sqlite.Faults
	f := faulty(t, b, &faults)
	b.forget()
	err := inConn(f, func(c *sql.Conn) error {
		exec := func(sql string) error { _, err := c.ExecContext(t.Context(), sql); return err }
		faults.Busy = true
		if err := errors.Join(exec("BEGIN"), exec("INSERT INTO n (who) VALUES ('x')")); err != nil {
			return err
		}
		if exec("COMMIT") == nil {
			t.Error("committed")
		}
		if got := b.writes(); len(got) > 0 {
			t.Errorf("publishes %q before the commit", got)
		}
		faults.Busy = false
		return errors.Join(exec("DELETE FROM other"), exec("COMMIT"))
	})
	if err != nil {
		t.Error(err)
	}
	b.look()
	if got := b.writes(); !slices.Equal(got, []string{"* n"}) {
		t.Errorf("publishes %q", got)
	}
}
