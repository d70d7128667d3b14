package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live/internal/sqlrandom"
)

// What random queries read is what they are known to read, neither more nor less.
func TestRandomReads(t *testing.T) {
	seed := sqlrandom.Seed(t)
	queries, equal, coarse := 0, 0, 0
	worlds := uint64(20)
	if underRace {
		worlds = 2
	}
	for world := range worlds {
		s := sqlrandom.NewSchema(rand.New(rand.NewPCG(seed, world)), sqlrandom.SQLite)
		b := openDSN(t, "", fmt.Sprintf("file:reads%d?mode=memory&cache=shared&_pragma=foreign_keys(1)", world))
		b.SetMaxOpenConns(1)
		b.must(s.Statements...)
		for range 200 {
			q := s.Query(false)
			got := b.tablesOf(q.SQL)
			for _, table := range q.Reads {
				if !slices.Contains(got, table) {
					t.Fatalf("world %d: follows %q, not %s: %s\n%s", world, got, table, q.SQL, strings.Join(s.Statements, ";\n"))
				}
			}
			shadowed := false
			for _, table := range got {
				if slices.Contains(q.Names, table) {
					continue
				}
				if shadowed = slices.Contains(q.Shadowed, table); !shadowed {
					t.Fatalf("world %d: follows %s without need: %s\n%s", world, table, q.SQL, strings.Join(s.Statements, ";\n"))
				}
			}
			queries++
			if slices.Equal(got, q.Names) {
				equal++
			}
			if shadowed {
				coarse++
			}
		}
	}
	t.Logf("%d queries: %d follow all tables that they name, %d follow a table because an expression of WITH has its name", queries, equal, coarse)
	if coarse > queries/20 {
		t.Error("too many follow a table that they do not read")
	}
}

// tablesOf is the tables of which a query follows the topics, sorted.
func (b *bed) tablesOf(sql string) (tables []string) {
	b.t.Helper()
	b.forget()
	rows, err := b.QueryContext(b.t.Context(), sql)
	if err := drain(rows, err); err != nil {
		b.t.Fatalf("%v: %s", err, sql)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, topic := range b.read {
		if _, table, ok := strings.Cut(topic, "/"); ok {
			tables = append(tables, table)
		}
	}
	slices.Sort(tables)
	return tables
}
