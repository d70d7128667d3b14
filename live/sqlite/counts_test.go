package sqlite_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// watched opens a database of which somebody reads a table, so that commits of other programs are looked for.
func watched(t *testing.T, options ...string) *bed {
	t.Helper()
	b := open(t, options...)
	b.must("CREATE TABLE n (id INTEGER PRIMARY KEY, who TEXT, n INTEGER)", "CREATE INDEX by_who ON n (who)", "CREATE TABLE other (id)",
		"SELECT count(*) FROM n")
	b.look()
	b.forget()
	return b
}

// 1,000 commits of this program on 8 connections: each is published once, and none is taken for another program's.
func TestOwnCommitsAreNotForeign(t *testing.T) {
	statements := []string{
		"INSERT INTO n (who, n) VALUES ('own', %d)",
		"UPDATE n SET n = n + 1 WHERE id = (SELECT max(id) FROM n) - %d %% 7",
		"UPDATE n SET who = who WHERE id = (SELECT max(id) FROM n)", // the same values: pages of the index are written, perhaps
		"UPDATE n SET n = n WHERE id = (SELECT max(id) FROM n)",     // the same values: no page is written
		"REPLACE INTO n (id, who, n) VALUES (%d, 'own', 1)",
		"BEGIN IMMEDIATE; COMMIT", // writes nothing
		"UPDATE n SET n = 0 WHERE 0",
		"DELETE FROM n WHERE id = (SELECT max(id) FROM n)",
	}
	for mode, pragma := range modes {
		t.Run(mode, func(t *testing.T) {
			b := watched(t, pragma)
			b.SetMaxOpenConns(8)
			var g sync.WaitGroup
			for range 8 {
				g.Go(func() {
					for i := range 125 {
						s := statements[i%len(statements)]
						if i%len(statements) < 2 || i%len(statements) == 4 {
							s = fmt.Sprintf(s, i)
						}
						if _, err := b.ExecContext(t.Context(), s); err != nil {
							t.Error(err)
						}
						b.look() // with commits of the others under way
					}
				})
			}
			g.Wait()
			b.look()
			got := map[string]int{}
			for _, p := range b.writes() {
				got[p]++
			}
			if got["ALL"] > 0 || len(got) != 1 {
				t.Errorf("published %v, want no ALL", got)
			}
		})
	}
}

// noticedWithin is how long a look may have to wait for a lock of the file, or for the watcher that looks at the same time.
const noticedWithin = time.Second

// 1,000 commits of another program, each between two of this one: every one is noticed.
func TestForeignCommitsBetweenOwn(t *testing.T) {
	for mode, pragma := range modes {
		t.Run(mode, func(t *testing.T) {
			b := watched(t, pragma)
			p := program(t, b.path)
			for i := range 1000 {
				b.must("INSERT INTO n (who) VALUES ('own')")
				p.run("INSERT INTO n (who) VALUES ('foreign')")
				b.must("INSERT INTO n (who) VALUES ('own')")
				got := map[string]int{}
				for began := time.Now(); got["ALL"] == 0 && time.Since(began) < noticedWithin; {
					b.look()
					for _, p := range b.writes() {
						got[p]++
					}
				}
				if got["ALL"] == 0 || got["* n"] != 2 {
					t.Fatalf("round %d: published %v", i, got)
				}
			}
		})
	}
}

// Both at the same time: what another program has committed is published after its commit.
func TestForeignCommitsAmongOwn(t *testing.T) {
	for mode, pragma := range modes {
		t.Run(mode, func(t *testing.T) {
			b := watched(t, pragma)
			p := program(t, b.path)
			ctx, cancel := context.WithCancel(t.Context())
			var g sync.WaitGroup
			for range 4 {
				g.Go(func() {
					for i := 0; ctx.Err() == nil; i++ {
						s := "BEGIN IMMEDIATE; COMMIT" // writes nothing, so that its number is the next commit's
						if i%3 == 0 {
							s = "INSERT INTO n (who) VALUES ('own')"
						}
						if _, err := b.ExecContext(t.Context(), s); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			for range 250 {
				b.look()
				b.forget()
				p.run("INSERT INTO n (who) VALUES ('foreign')")
				for all := 0; all == 0; {
					b.look()
					for _, p := range b.writes() {
						if p == "ALL" {
							all++
						}
					}
					if t.Context().Err() != nil || t.Failed() {
						break
					}
				}
			}
			cancel()
			g.Wait()
		})
	}
}

// A database for readers and one for the writer, in one file and of one keeper: neither takes the other's commits for
// another program's, and both notice those that are.
func TestTwoDatabasesInOneFile(t *testing.T) {
	for mode, pragma := range modes {
		t.Run(mode, func(t *testing.T) {
			readers := watched(t, pragma)
			writer := openAs(t, readers.record, readers.path, dsn(readers.path, pragma, "_txlock=immediate"))
			writer.must("SELECT count(*) FROM n")
			p := program(t, readers.path)
			for i := range 100 {
				writer.must("INSERT INTO n (who) VALUES ('own')")
				readers.look()
				writer.look()
				if got := writer.writes(); !slices.Equal(got, []string{"* n"}) {
					t.Fatalf("round %d: published %q", i, got)
				}
				p.run("INSERT INTO n (who) VALUES ('foreign')")
				writer.must("INSERT INTO n (who) VALUES ('own')")
				var got []string
				for began := time.Now(); !slices.Contains(got, "ALL") && time.Since(began) < noticedWithin; {
					readers.look()
					writer.look()
					got = append(got, writer.writes()...)
				}
				if !slices.Equal(slices.Sorted(slices.Values(got)), []string{"* n", "ALL"}) {
					t.Fatalf("round %d: published %q", i, got)
				}
			}
			p.run("INSERT INTO n (who) VALUES ('foreign')")
			openAs(t, readers.record, readers.path, dsn(readers.path)).must("SELECT count(*) FROM n") // one more begins to look
			readers.look()
			if got := writer.writes(); !slices.Equal(got, []string{"ALL"}) {
				t.Fatalf("when another one begins: published %q", got)
			}
			if err := readers.Close(); err != nil {
				t.Fatal(err)
			}
			p.run("INSERT INTO n (who) VALUES ('foreign')")
			writer.look()
			if got := writer.writes(); !slices.Equal(got, []string{"ALL"}) {
				t.Fatalf("after the other was closed: published %q", got)
			}
		})
	}
}
