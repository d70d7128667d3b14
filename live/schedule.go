package live

import "time"

// schedule decides when a query is refetched. It holds no lock, timer or goroutine: it is told what happens, and when,
// and says what to do next. It compares sequence numbers and never two clocks: wantSeq counts the marks, haveSeq is the
// newest mark that a successful fetch began after. They differ while somebody's page may be out of date.
type schedule struct {
	window   time.Duration // least time between the beginnings of two refetches
	interval time.Duration // 0: none
	manual   bool          // NoRefetch: only forced marks count

	wantSeq       uint64
	haveSeq       uint64
	triedSeq      uint64 // the newest mark that a refetch, which may have failed, began after
	renderFromSeq uint64 // the newest mark after which nothing that was rendered before is used again
	urgentSeq     uint64 // the newest mark that waits for nothing

	// Marks that say no more than that single rows have changed: of those after haveSeq, and of those after triedSeq.
	rowMarks, newRowMarks uint64

	notifications     uint64 // marks of notifications and of Refetch
	seenNotifications uint64 // notifications, when the newest refetch began

	watching int  // subscribers with an open stream
	running  bool // a refetch waits for its place or runs
	queued   bool // it waits
	ended    bool

	began     time.Time // when the newest fetch began
	fetchedAt time.Time // when the newest successful one began: a window binds what was fetched
	renewedAt time.Time // when the newest one began of which all rows were rendered
	failedAt  time.Time // when the newest failure was known; zero after a success
	notBefore time.Time // the end of a backoff, after failures or topics that do not settle; loads do not wait for it
	failures  int
	churn     int // refetches in a row that named new topics twice
}

// mark says that the result may be out of date, and reports whether that counts. Forced marks count for manual queries.
func (s *schedule) mark(forced bool) bool {
	if s.ended || s.manual && !forced {
		return false
	}
	s.wantSeq++
	s.notifications++
	if forced {
		s.renderFromSeq = s.wantSeq
	}
	return true
}

// markUrgent is a forced mark that waits neither for the window nor for a backoff.
func (s *schedule) markUrgent() {
	if s.mark(true) {
		s.urgentSeq = s.wantSeq
	}
}

// markStale is a mark of time: what shows the time shows it anew.
func (s *schedule) markStale() {
	s.wantSeq++
	s.renderFromSeq = s.wantSeq
}

// markRows is a mark that says no more than that single rows have changed.
func (s *schedule) markRows() bool {
	if !s.mark(false) {
		return false
	}
	s.rowMarks++
	s.newRowMarks++
	return true
}

// onlyRows reports whether all that is known to be out of date is single rows.
func (s *schedule) onlyRows() bool { return s.rowMarks > 0 && s.wantSeq-s.haveSeq == s.rowMarks }

// next reports whether a refetch is to start now, or else how long to wait for one; 0: none is wanted.
func (s *schedule) next(now time.Time) (start bool, wait time.Duration) {
	if s.ended || s.running || s.watching == 0 || s.wantSeq == s.haveSeq {
		return false, 0
	}
	if s.urgentSeq > s.triedSeq {
		return true, 0
	}
	wait = s.notBefore.Sub(now)
	if !s.fetchedAt.IsZero() {
		wait = max(wait, s.fetchedAt.Add(s.window).Sub(now))
	}
	return wait <= 0, max(wait, 0)
}

// begin notes that a fetch begins, which was queued before. It covers the newest mark.
func (s *schedule) begin(now time.Time) {
	s.triedSeq, s.seenNotifications, s.queued, s.began = s.wantSeq, s.notifications, false, now
	s.newRowMarks = 0
	s.running = true
}

// rendersAnew reports whether the refetch under way takes no row from what was rendered before. An interval is for what
// changes by itself. Each fetch begins it anew, so notifications can put it off for ever: then a refetch that they cause
// renders all rows when half an interval has passed.
func (s *schedule) rendersAnew() bool {
	return s.renderFromSeq > s.haveSeq || s.interval > 0 && s.began.Sub(s.renewedAt) >= s.interval/2
}

// succeed ends a refetch, which covers what its fetch began after.
func (s *schedule) succeed() {
	if s.rendersAnew() {
		s.renewedAt = s.began
	}
	s.running, s.queued = false, false
	s.haveSeq, s.fetchedAt = s.triedSeq, s.began
	s.rowMarks = s.newRowMarks
	s.failures, s.failedAt, s.notBefore = 0, time.Time{}, time.Time{}
}

// abandon ends a refetch as if it had not begun: began is when the one before did.
func (s *schedule) abandon(began time.Time) {
	s.running, s.queued, s.began = false, false, began
}

// fail ends a refetch that failed. The next one waits for the backoff of so many failures. Loads that fail meanwhile do
// not keep the subscribers waiting for longer.
func (s *schedule) fail(now time.Time, backoff func(failures int) time.Duration) {
	s.running, s.queued, s.failedAt = false, false, now
	if !now.Before(s.notBefore) {
		s.failures++
		s.notBefore = now.Add(backoff(s.failures))
	}
}

// settle notes whether the newest refetch, which has just succeeded, named topics that were not followed before it
// began, twice in a row. It is wanted again then: at once the first time, after a backoff from then on.
func (s *schedule) settle(now time.Time, churned bool, backoff func(failures int) time.Duration) {
	if !churned || s.manual { // a manual query is not refetched for what it follows
		s.churn = 0
		return
	}
	s.wantSeq++
	if s.churn++; s.churn > 1 {
		s.notBefore = now.Add(backoff(s.churn - 1))
	}
}

// covers reports whether a refetch has covered the mark, or tried to and failed. A refetch that waits for a window or a
// backoff has not tried.
func (s *schedule) covers(mark uint64) bool {
	return s.haveSeq >= mark || !s.running && !s.failedAt.IsZero() && s.triedSeq >= mark
}

// loadsRetry is how long the loads of a shared query that has failed fail with it, unless there is news. Subscribers wait
// longer and longer.
const loadsRetry = 500 * time.Millisecond

// failsNow reports whether the query failed a moment ago: so would every one of a thousand loads.
func (s *schedule) failsNow(now time.Time) bool {
	return !s.failedAt.IsZero() && s.notifications == s.seenNotifications && now.Sub(s.failedAt) < loadsRetry
}

// tooOld reports whether a load needs a mark of its own to be fresh. It does where no notification marks the result: a
// manual query, or one that follows no topic. There a fetch that has begun is too old for it as well. With an interval a
// result may be as old as that.
func (s *schedule) tooOld(now time.Time, followed int) bool {
	unmarked := s.manual || s.interval == 0 && followed == 0
	begun := s.running && !s.queued && s.triedSeq == s.wantSeq
	switch {
	case s.wantSeq != s.haveSeq:
		return unmarked && begun // another fetch follows anyway, unless the one that covers the marks has begun
	case s.manual:
		return true
	case s.interval > 0: // it may be that nobody has watched
		return now.Sub(s.began) > s.interval
	}
	return followed == 0
}

// nextInterval is the time until the interval ends that began with the newest fetch; false if there is none.
func (s *schedule) nextInterval(now time.Time, jitter func(time.Duration) time.Duration) (time.Duration, bool) {
	if s.interval == 0 || s.manual || s.watching == 0 || s.ended {
		return 0, false
	}
	if s.began.IsZero() {
		return jitter(s.interval), true
	}
	return max(0, s.began.Add(jitter(s.interval)).Sub(now)), true
}
