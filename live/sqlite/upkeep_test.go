package sqlite_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	modernc "modernc.org/sqlite"
)

// What is done to a file besides statements that write rows.
func TestUpkeep(t *testing.T) {
	for name, c := range map[string]struct {
		own, foreign string
		want         []string
		modes        []string
	}{
		"a checkpoint":                  {own: "PRAGMA wal_checkpoint(TRUNCATE)"},
		"a checkpoint of others":        {foreign: "PRAGMA wal_checkpoint(TRUNCATE)"},
		"others only read":              {foreign: "SELECT count(*) FROM n"},
		"others write nothing":          {foreign: "BEGIN IMMEDIATE; COMMIT"},
		"others roll back":              {foreign: "BEGIN IMMEDIATE; INSERT INTO n (who) VALUES ('x'); ROLLBACK"},
		"others commit":                 {foreign: "DELETE FROM n", want: []string{"ALL"}},
		"others change the schema":      {foreign: "CREATE TABLE fresh (id)", want: []string{"ALL"}},
		"others vacuum":                 {foreign: "VACUUM", want: []string{"ALL"}},
		"vacuum":                        {own: "VACUUM", want: []string{"ALL"}},
		"a pragma that writes no table": {own: "PRAGMA application_id = 7", want: []string{"ALL"}},
		"a pragma that writes nothing":  {own: "PRAGMA cache_size = 100"},
		"statistics":                    {own: "ANALYZE", want: []string{"ALL"}},
		"indexes are made anew":         {own: "REINDEX", want: []string{"ALL"}},
		"integrity is checked":          {own: "PRAGMA integrity_check"},
		"a table in memory of the own":  {own: "ATTACH ':memory:' AS m"},
		"nothing":                       {own: "SELECT 1"},
	} {
		for mode, pragma := range modes {
			t.Run(mode+"/"+name, func(t *testing.T) {
				b := watched(t, pragma)
				b.must("INSERT INTO n (who) VALUES ('x')")
				b.forget()
				if c.own != "" {
					b.must(c.own)
				}
				if c.foreign != "" {
					if _, err := openRaw(t, b.path).ExecContext(t.Context(), c.foreign); err != nil {
						t.Fatal(err)
					}
				}
				b.look()
				if got := b.writes(); !slices.Equal(got, c.want) {
					t.Errorf("published %q, want %q", got, c.want)
				}
				b.must("INSERT INTO n (who) VALUES ('own')")
				b.look()
				if got := b.writes(); !slices.Equal(got, []string{"* n"}) {
					t.Errorf("afterwards published %q", got)
				}
			})
		}
	}
}

// Another program is killed in the middle of a transaction: what it had written is gone, and its successor's commits are
// noticed.
func TestAnotherProgramIsKilled(t *testing.T) {
	for mode, pragma := range modes {
		t.Run(mode, func(t *testing.T) {
			b := watched(t, pragma)
			for i := range 5 {
				p := program(t, b.path)
				p.run("PRAGMA cache_size = 5") // so that pages are written before the commit
				p.run("BEGIN IMMEDIATE")
				p.run("INSERT INTO n (who) SELECT hex(randomblob(500)) FROM (" + numbers + ")")
				p.kill()
				b.must("SELECT count(*) FROM n", "INSERT INTO n (who) VALUES ('own')")
				b.look()
				b.forget()
				program(t, b.path).run("INSERT INTO n (who) VALUES ('foreign')")
				b.look()
				if got := b.writes(); !slices.Equal(got, []string{"ALL"}) {
					t.Fatalf("round %d: published %q", i, got)
				}
			}
		})
	}
}

// The counting begins while another program has the file for itself, as in the moment in which it recovers it.
func TestTheCountingWaitsForWhoHasTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	holder := program(t, path)
	for _, statement := range []string{
		"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL", "CREATE TABLE n (who TEXT)", "INSERT INTO n (who) VALUES ('holder')",
	} {
		holder.run(statement)
	}
	release := time.AfterFunc(200*time.Millisecond, holder.kill)
	defer release.Stop()
	b := openDSN(t, path, "file:"+path+"?_pragma=busy_timeout(10000)") // needs nothing of the file: the counter is the first to
	if err := b.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.must("SELECT count(*) FROM n")
	b.look()
	b.forget()
	program(t, path).run("INSERT INTO n (who) VALUES ('foreign')")
	b.look()
	if got := b.writes(); !slices.Equal(got, []string{"ALL"}) {
		t.Errorf("published %q", got)
	}
}

// Reading the file only, and replacing it by a copy.
func TestReadOnlyAndRestored(t *testing.T) {
	b := watched(t, wal)
	reader := openAt(t, b.path, "mode=ro")
	reader.must("SELECT count(*) FROM n")
	reader.forget()
	b.must("INSERT INTO n (who) VALUES ('x')")
	reader.look()
	if got := reader.writes(); !slices.Equal(got, []string{"ALL"}) { // another keeper's
		t.Errorf("published %q", got)
	}

	from := open(t)
	from.must("CREATE TABLE n (id INTEGER PRIMARY KEY, who TEXT, n INTEGER)")
	b.forget()
	err := inConn(b, func(c *sql.Conn) error {
		return c.Raw(func(driverConn any) error {
			copies, ok := driverConn.(interface {
				NewRestore(uri string) (*modernc.Backup, error)
				Serialize() ([]byte, error)
				ColumnInfo(query string) ([]modernc.ColumnInfo, error)
				modernc.FileControl
				modernc.DBStatus
			})
			if !ok {
				return errors.New("methods of the driver are missing")
			}
			backup, err := copies.NewRestore(from.path)
			if err != nil {
				return err
			}
			if _, err := backup.Step(-1); err != nil {
				return err
			}
			return backup.Finish()
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	b.look()
	if got := b.writes(); !slices.Contains(got, "ALL") {
		t.Errorf("restored, published %q", got)
	}
}
