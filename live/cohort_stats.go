package live

import "time"

// cohortStats is what [Keeper.Why] tells of a cohort. It has one size whatever happens, and cohort.mu guards it.
type cohortStats struct {
	notified notified

	notifications uint32 // of followed topics, skipped ones included
	skipped       uint32 // notifications whose facts said that they change nothing the query shows
	fetches       uint32 // failed ones included
	partial       uint32 // fetches of some rows by their keys, in place of the whole query
	same          uint32 // fetches that found what was shown already
	findings      uint32 // checks that found what nobody had published

	// Of the newest fetch.
	rendered, cached uint32        // rows that were rendered, and that were taken from the snapshot before
	took             time.Duration // with its rendering
}

// notified is the newest notification of a cohort, skipped or not. Its zero value stands for none.
type notified struct {
	topic string // "" for a resync
	at    int64  // Unix time in nanoseconds
	from  origin
}
