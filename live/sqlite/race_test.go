//go:build race

package sqlite_test

// underRace is whether the race detector watches, which makes SQLite's code many times slower.
const underRace = true
