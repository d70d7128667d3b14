//go:build race

package acceptance_test

// raced: under the race detector a database in Go, as SQLite is here, takes thirty times as long.
const raced = true
