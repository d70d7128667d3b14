package live

import (
	"testing"
	"time"
)

// at is a time of these tables.
func at(d time.Duration) time.Time { return time.Unix(1000, 0).Add(d) }

func noJitter(d time.Duration) time.Duration { return d }

func backoffOf(failures int) time.Duration { return time.Duration(failures) * time.Second }

// event happens to a schedule at a time.
type event struct {
	at time.Duration
	do func(s *schedule, now time.Time)
}

var (
	watch   = func(s *schedule, _ time.Time) { s.watching++ }
	notify  = func(s *schedule, _ time.Time) { s.mark(false) }
	force   = func(s *schedule, _ time.Time) { s.mark(true) }
	urgent  = func(s *schedule, _ time.Time) { s.markUrgent() }
	begin   = func(s *schedule, now time.Time) { s.begin(now) }
	succeed = func(s *schedule, _ time.Time) { s.succeed() }
	fails   = func(s *schedule, now time.Time) { s.fail(now, backoffOf) }
	churns  = func(s *schedule, now time.Time) { s.settle(now, true, backoffOf) }
	settles = func(s *schedule, now time.Time) { s.settle(now, false, backoffOf) }
)

func TestNextRefetch(t *testing.T) {
	const window = 10 * time.Second
	for name, c := range map[string]struct {
		manual bool
		events []event
		now    time.Duration
		start  bool
		wait   time.Duration
	}{
		"nobody watches":                      {},
		"the first result":                    {events: []event{{0, watch}}, start: true},
		"nothing has changed":                 {events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}}},
		"a change while it runs":              {events: []event{{0, watch}, {0, begin}, {1, notify}}},
		"a change, long after":                {events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}, {window, notify}}, now: window, start: true},
		"a change within the window":          {events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}, {4 * time.Second, notify}}, now: 4 * time.Second, wait: window - 4*time.Second},
		"forced, within the window":           {events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}, {4 * time.Second, force}}, now: 4 * time.Second, wait: window - 4*time.Second},
		"urgent, within the window":           {events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}, {4 * time.Second, urgent}}, now: 4 * time.Second, start: true},
		"urgent, tried and failed":            {events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}, {4 * time.Second, urgent}, {4 * time.Second, begin}, {4 * time.Second, fails}}, now: 4 * time.Second, wait: window - 4*time.Second},
		"a failure spends no window":          {events: []event{{0, watch}, {0, begin}, {0, fails}}, now: 0, wait: time.Second},
		"a failure has its backoff":           {events: []event{{0, watch}, {0, begin}, {0, fails}}, now: time.Second, start: true},
		"the second failure waits longer":     {events: []event{{0, watch}, {0, begin}, {0, fails}, {time.Second, begin}, {time.Second, fails}}, now: time.Second, wait: 2 * time.Second},
		"failures of loads do not add up":     {events: []event{{0, watch}, {0, begin}, {0, fails}, {1, begin}, {1, fails}}, now: 1, wait: time.Second - 1},
		"a change does not shorten a backoff": {events: []event{{0, watch}, {0, begin}, {0, fails}, {1, notify}}, now: 1, wait: time.Second - 1},
		"a manual query":                      {manual: true, events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}, {window, notify}}, now: window},
		"a manual query, forced":              {manual: true, events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}, {window, force}}, now: window, start: true},
		"topics churn once":                   {events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}, {1, churns}}, now: window, start: true},
		"topics churn again": {
			events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}, {1, churns}, {window, begin}, {window, succeed}, {window, churns}, {window, churns}, {window, churns}},
			now:    window, wait: window,
		},
		"topics of a manual query churn": {manual: true, events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}, {time.Millisecond, churns}}, now: window},
		"topics have settled":            {events: []event{{0, watch}, {0, begin}, {time.Millisecond, succeed}, {1, settles}}, now: window},
		"it has ended":                   {events: []event{{0, watch}, {0, func(s *schedule, _ time.Time) { s.ended = true }}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := schedule{window: window, manual: c.manual, wantSeq: 1}
			for _, e := range c.events {
				e.do(&s, at(e.at))
			}
			if start, wait := s.next(at(c.now)); start != c.start || wait != c.wait {
				t.Errorf("start %t, wait %v; want %t, %v", start, wait, c.start, c.wait)
			}
		})
	}
}

func TestAChangeDuringAFetchIsOneMore(t *testing.T) {
	s := schedule{wantSeq: 1}
	s.watching = 1
	s.begin(at(0))
	for range 1000 {
		s.mark(false)
	}
	s.succeed()
	if start, _ := s.next(at(1)); !start {
		t.Fatal("no refetch for what changed meanwhile")
	}
	s.begin(at(1))
	s.succeed()
	if start, wait := s.next(at(2)); start || wait != 0 {
		t.Error("a thousand changes are more than one refetch more")
	}
}

func TestTheIntervalCountsFromTheBeginningOfAFetch(t *testing.T) {
	s := schedule{interval: 10 * time.Second, wantSeq: 1}
	if _, ok := s.nextInterval(at(0), noJitter); ok {
		t.Error("an interval, although nobody watches")
	}
	s.watching = 1
	s.begin(at(0))
	s.succeed()
	if d, ok := s.nextInterval(at(3*time.Second), noJitter); !ok || d != 7*time.Second {
		t.Errorf("3 s after the beginning: %v %t, want 7s", d, ok)
	}
	if d, ok := s.nextInterval(at(time.Minute), noJitter); !ok || d != 0 {
		t.Errorf("a minute after it: %v %t, want 0", d, ok)
	}
}

func TestRowsAreRenderedAnew(t *testing.T) {
	for name, c := range map[string]struct {
		interval time.Duration
		events   []event
		want     bool
	}{
		"after a notification":                  {events: []event{{0, notify}}},
		"forced":                                {events: []event{{0, force}}, want: true},
		"forced before a fetch that failed":     {events: []event{{0, force}, {0, begin}, {0, fails}, {time.Minute, notify}}, want: true},
		"half an interval after the last time":  {interval: 2 * time.Second, events: []event{{time.Second, notify}}, want: true},
		"a moment after the last time":          {interval: 2 * time.Second, events: []event{{1, notify}}},
		"a notification after a forced refetch": {events: []event{{0, force}, {0, begin}, {0, succeed}, {1, notify}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := schedule{interval: c.interval, wantSeq: 1}
			s.watching = 1
			begin(&s, at(0))
			s.renderFromSeq = s.wantSeq // the first is of all rows
			s.succeed()
			last := time.Duration(0)
			for _, e := range c.events {
				e.do(&s, at(e.at))
				last = e.at
			}
			begin(&s, at(last))
			if got := s.rendersAnew(); got != c.want {
				t.Errorf("%t, want %t", got, c.want)
			}
		})
	}
}
