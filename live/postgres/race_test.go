//go:build race

package postgres_test

// underRace is whether the race detector watches.
const underRace = true
