package sqlite_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A statement that is kept sees what a schema is now, and follows and tells that, whoever has changed it.
func TestKeptStatementsAndSchemas(t *testing.T) {
	const every = "SELECT * FROM shown"
	for name, change := range map[string][]string{
		"a view of another table": {"DROP VIEW shown", "CREATE VIEW shown AS SELECT body AS title FROM comments"},
		"a table in place of it":  {"DROP VIEW shown", "CREATE TABLE shown (title TEXT)", "INSERT INTO shown VALUES ('mine')"},
		"a column more":           {"DROP VIEW shown", "CREATE VIEW shown AS SELECT title, state FROM tickets"},
	} {
		for _, another := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, by another program %v", name, another), func(t *testing.T) {
				b, fresh := single(t), single(t)
				for _, bed := range []*bed{b, fresh} {
					bed.must("CREATE VIEW shown AS SELECT title FROM tickets")
				}
				all(t, b, every)
				if !slices.Contains(kept(b), every) {
					t.Error("not kept")
				}
				for _, statement := range change {
					fresh.must(statement)
					if another {
						byAnother(t, b, statement)
					} else {
						b.must(statement)
					}
				}
				b.look()
				for range 2 {
					if got, want := all(t, b, every), all(t, fresh, every); !slices.Equal(got, want) {
						t.Errorf("it returns %q, not %q", got, want)
					}
				}
				if got, want := b.short(b.topicsOf(every)), fresh.short(fresh.topicsOf(every)); !containsAll(got, want) {
					t.Errorf("it follows %q, a new one %q", got, want)
				}
			})
		}
	}
}

// A temporary table hides another of its name, also from a statement that is kept.
func TestKeptStatementsAndTemporaryTables(t *testing.T) {
	b := single(t)
	const text = "SELECT name FROM teams"
	all(t, b, text)
	b.must("CREATE TEMP TABLE teams (name TEXT)", "INSERT INTO temp.teams VALUES ('mine')")
	if got := all(t, b, text); !slices.Equal(got, []string{"mine "}) {
		t.Errorf("it returns %q", got)
	}
}

func containsAll(all, some []string) bool {
	return !slices.ContainsFunc(some, func(one string) bool { return !slices.Contains(all, one) })
}

// A trigger that is made later is what a statement that is kept fires, too.
func TestKeptStatementsAndTriggers(t *testing.T) {
	for _, another := range []bool{false, true} {
		t.Run(fmt.Sprint("by another program ", another), func(t *testing.T) {
			b := single(t)
			const text = "INSERT INTO comments (ticket, body) VALUES (2, 'x')"
			const trigger = "CREATE TRIGGER counted AFTER INSERT ON comments BEGIN UPDATE teams SET boss = 1 WHERE id = 2; END"
			b.must(text)
			if !slices.Contains(kept(b), text) {
				t.Error("not kept")
			}
			if another {
				byAnother(t, b, trigger)
			} else {
				b.must(trigger)
			}
			b.forget()
			b.must(text)
			if got := b.short(b.published()); !strings.Contains(strings.Join(got, " "), "teams") {
				t.Errorf("published %q", got)
			}
		})
	}
}
