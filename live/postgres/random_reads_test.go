//go:build unix

package postgres_test

import (
	"cmp"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live/internal/sqlrandom"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// randomQueries is how many there are of each schema.
func randomQueries() int {
	if underRace {
		return 30
	}
	return 100
}

// What random queries read is what they are known to name, neither more nor less.
func TestRandomReads(t *testing.T) {
	seed := sqlrandom.Seed(t)
	for world := range uint64(3) {
		t.Run(strconv.FormatUint(world, 10), func(t *testing.T) {
			s := sqlrandom.NewSchema(rand.New(rand.NewPCG(seed, world)), sqlrandom.PostgreSQL)
			b := newBed(t, postgres.Watch{}, strings.Join(s.Statements, "; "))
			for range randomQueries() {
				q := s.Query(false)
				b.followed()
				if _, err := b.Exec(t.Context(), q.SQL); err != nil {
					t.Fatalf("%v: %s\n%s", err, q.SQL, strings.Join(s.Statements, ";\n"))
				}
				got, older := b.followed()
				want := cmp.Or(strings.Join(q.Names, " "), "ALL") // all follow changes of the schema
				if got != want || older != "" {
					t.Fatalf("follows %q (of an older snapshot %q), want %q: %s\n%s", got, older, want, q.SQL, strings.Join(s.Statements, ";\n"))
				}
			}
		})
	}
}
