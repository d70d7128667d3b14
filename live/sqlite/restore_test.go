package sqlite_test

import (
	"database/sql"
	"errors"
	"slices"
	"testing"

	modernc "modernc.org/sqlite"
)

// Memory that is replaced by a copy of a file is another one when the last step is done: that is published then, though
// nothing counts the commits of memory.
func TestRestoreIntoMemory(t *testing.T) {
	from := open(t)
	from.must("CREATE TABLE n (id INTEGER PRIMARY KEY, who TEXT)", "INSERT INTO n (who) VALUES ('restored')")
	b := openDSN(t, "", "file:restored?mode=memory&cache=shared")
	b.must("CREATE TABLE n (id INTEGER PRIMARY KEY, who TEXT)")
	follows := b.topicsOf("SELECT who FROM n")
	b.forget()
	who := func() (who string) {
		err := b.QueryRowContext(t.Context(), "SELECT who FROM n").Scan(&who)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			t.Fatal(err)
		}
		return who
	}
	if err := inConn(b, func(c *sql.Conn) error {
		return c.Raw(func(driverConn any) error {
			backup, err := driverConn.(interface {
				NewRestore(uri string) (*modernc.Backup, error)
			}).NewRestore(from.path)
			if err != nil {
				return err
			}
			b.published() // what is followed by then is fetched before anything is there
			if _, err := backup.Step(-1); err != nil {
				return err
			}
			return backup.Finish()
		})
	}); err != nil {
		t.Fatal(err)
	}
	got := b.published()
	if !slices.ContainsFunc(got, func(topic string) bool { return slices.Contains(follows, topic) }) {
		t.Errorf("published %q, followed %q", got, follows)
	}
	if got := who(); got != "restored" {
		t.Errorf("there is %q", got)
	}
	b.forget()
	b.must("INSERT INTO n (who) VALUES ('more')")
	if len(b.changes) != 1 {
		t.Errorf("afterwards a commit tells %+v", b.changes)
	}
}
