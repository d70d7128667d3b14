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
	skippedBefore uint32 // skipped, when the newest fetch began

	took time.Duration // of the newest fetch, with its rendering
}

// notified is the newest notification of a cohort, skipped or not. Its zero value stands for none.
type notified struct {
	topic string // "" for a resync
	at    int64  // Unix time in nanoseconds
	from  origin
}

// note counts a notification.
func (s *cohortStats) note(topic string, from origin) {
	s.notifications++
	s.notified = notified{topic, time.Now().UnixNano(), from}
}

// notifiedText is the newest notification in words; "" if there was none.
func (s *cohortStats) notifiedText() string {
	n := s.notified
	switch {
	case n.at == 0:
		return ""
	case n.topic == "":
		return n.from.String() + " at " + clockText(n.at)
	}
	return n.topic + " by " + n.from.String() + " at " + clockText(n.at)
}

// clockText is a Unix time in nanoseconds as a clock shows it.
func clockText(at int64) string { return time.Unix(0, at).Format("15:04:05.000") }
