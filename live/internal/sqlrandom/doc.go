// Package sqlrandom makes schemas, queries and writes at random, for tests of drivers. What a query reads is known by
// construction: tests compare it with what a driver finds out.
package sqlrandom

import (
	"math/rand/v2"
	"strconv"
)

// Dialect is the SQL that is written.
type Dialect int

// The dialects.
const (
	SQLite Dialect = iota
	PostgreSQL
)

// random draws.
type random struct{ *rand.Rand }

func (r random) chance(oneIn int) bool { return r.IntN(oneIn) == 0 }

func (r random) of(some ...string) string { return pick(r, some) }

func (r random) number() string { return strconv.Itoa(r.IntN(numbers)) }

// numbers is how many values an integer column has, and keys how many a primary key has.
const (
	numbers = 6
	keys    = 12
)

func pick[T any](r random, some []T) T { return some[r.IntN(len(some))] }
