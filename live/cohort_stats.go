package live

import "time"

// cohortStats is what [Keeper.Why] tells of a cohort. It has one size whatever happens, and cohort.mu guards it.
type cohortStats struct {
	// The newest notification or other cause of a refetch, skipped or not.
	topic      string // "" for a cause that has none
	notifiedAt int64  // Unix time in nanoseconds; 0: there was none
	from       origin

	notified      uint32 // notifications of followed topics and other causes, skipped ones included
	skipped       uint32 // notifications whose facts said that they change nothing the query shows
	fetches       uint32 // failed ones included
	partial       uint32 // fetches of some rows by their keys, in place of the whole query
	same          uint32 // fetches that found what was shown already
	skippedBefore uint32 // skipped, when the newest fetch began
	tookMicros    uint32 // of the newest fetch, with its rendering
}

// note counts a cause. A notification is counted where it comes, and calls nothing.
func (s *cohortStats) note(from origin) {
	s.notified++
	s.topic, s.notifiedAt, s.from = "", time.Now().UnixNano(), from
}

// countSame counts a refetch that no page has to be told of.
func (c *cohort) countSame() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.schedule.watching > 0 && !c.broadcasting && c.err == nil {
		c.stats.same++
	}
}

// notifiedText is the newest cause in words; "" if there was none.
func (s *cohortStats) notifiedText() string {
	text := s.from.String()
	switch {
	case s.notifiedAt == 0:
		return ""
	case s.topic != "":
		text = s.topic + " by " + text
	}
	return text + " at " + clockText(s.notifiedAt)
}

// clockText is a Unix time in nanoseconds as a clock shows it.
func clockText(at int64) string { return time.Unix(0, at).Format("15:04:05.000") }
