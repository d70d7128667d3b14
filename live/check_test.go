package live_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// checked is a node whose queries are checked every second, and its log.
func checked(t *testing.T) (*live.Keeper, *journal) {
	t.Helper()
	log := new(journal)
	return node(t, live.Config{CheckInterval: time.Second, Logger: log.logger()}), log
}

const found = "nobody has published it"

// A write that nobody publishes is shown by the next check, and told with the query, the rows and the topic, once.
func TestAWriteWithoutPublicationIsFound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, log := checked(t)
		tb := newTable(1, 2, 3, 4)
		q := tb.list()
		q.Results = live.ResultsLose
		q.Subscribe = nil
		q.Fetch = func(ctx context.Context) ([]row, error) {
			live.Reads(ctx, "table:rows")
			return tb.all(ctx)
		}
		p := openRows(t, k, live.Share(k, "list", func(int) live.ListQuery[row, int] {
			q.Fragments = []fragment.Fragment{livetest.Text("rows", "list")}
			return q
		}).With("all", 1))
		time.Sleep(5500 * ms)
		if st := k.Stats(); st.Checks < 4 || st.Findings != 0 || log.count(found) != 0 {
			t.Errorf("with nothing written: %+v, and the log says\n%s", st, log.lines.String())
		}
		tb.put(row{2, "b"}, row{9, "new"})
		tb.remove(3)
		time.Sleep(3 * time.Second)
		shows(t, p, "rows", "1=a 2=b 4=a 9=new")
		f := k.Findings()
		if len(f) != 1 || k.Stats().Findings != 1 {
			t.Fatalf("findings: %+v, stats %+v", f, k.Stats())
		}
		if f[0].Query != "list" || f[0].Page != "/" || f[0].Viewers != 1 || f[0].Times != 1 ||
			!slices.Equal(f[0].Added, []string{"9"}) || !slices.Equal(f[0].Gone, []string{"3"}) || !slices.Equal(f[0].Changed, []string{"2"}) ||
			!slices.Equal(f[0].Follows, []string{"table:rows"}) || !slices.Equal(f[0].Reads, []string{"table:rows"}) ||
			!strings.Contains(f[0].Missing, "nobody published what is followed") {
			t.Errorf("found %+v", f[0])
		}
		if log.count(found) != 1 || log.count("query=list") != 1 || log.count("follows=[table:rows]") != 1 || log.count("level=WARN") != 1 {
			t.Errorf("the log says\n%s", log.lines.String())
		}
		tb.remove(1)
		time.Sleep(3 * time.Second)
		shows(t, p, "rows", "2=b 4=a 9=new")
		if f := k.Findings(); len(f) != 1 || f[0].Times != 2 || !slices.Equal(f[0].Gone, []string{"1"}) || log.count(found) != 1 {
			t.Errorf("found again: %+v; the log says\n%s", f, log.lines.String())
		}
	})
}

// A value, private or shared, is found as well; so is one of which no topic is followed.
func TestAValueWithoutPublicationIsFound(t *testing.T) {
	both(t, func(t *testing.T, shared bool) {
		k, _ := checked(t)
		s := newSource(1)
		p := open(t, k, asShared(k, s.number(), shared))
		s.set(2)
		time.Sleep(4 * time.Second)
		shows(t, p, "n", "2")
		f := k.Findings()
		if len(f) != 1 || f[0].Query != "n" || len(f[0].Added)+len(f[0].Gone)+len(f[0].Changed) != 0 {
			t.Errorf("found %+v", f)
		}
	})
}

// What is published within the grace is no finding; later it is.
func TestALatePublicationWithinTheGraceIsNone(t *testing.T) {
	for late, want := range map[time.Duration]uint64{0: 0, 300 * ms: 0, 900 * ms: 0, 2100 * ms: 1} {
		both(t, func(t *testing.T, shared bool) {
			k, _ := checked(t)
			s := newSource(1)
			p := open(t, k, asShared(k, s.number(), shared))
			time.Sleep(990 * ms) // the check comes at the second
			s.set(2)
			time.Sleep(10*ms + late)
			publish(t, k, "n")
			time.Sleep(5 * time.Second)
			shows(t, p, "n", "2")
			if st := k.Stats(); st.Findings != want {
				t.Errorf("published %v late: %d findings, want %d: %+v", late, st.Findings, want, k.Findings())
			}
		})
	}
}

// A resync and a Refetch say that something may have changed.
func TestAResyncOrARefetchIsAnAnnouncement(t *testing.T) {
	for name, tell := range map[string]func(k *live.Keeper, p *livetest.SocketPage) error{
		"resync":  func(k *live.Keeper, _ *livetest.SocketPage) error { k.Resync(); return nil },
		"Refetch": func(_ *live.Keeper, p *livetest.SocketPage) error { return p.Socket().Refetch() },
	} {
		bubble(t, func(t *testing.T) {
			k, _ := checked(t)
			s := newSource(1)
			p := open(t, k, s.number())
			time.Sleep(990 * ms)
			s.set(2)
			time.Sleep(500 * ms)
			if err := tell(k, p); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
			if st := k.Stats(); st.Findings != 0 || st.Checks == 0 {
				t.Errorf("%s: %+v", name, st)
			}
		})
	}
}

// Each cause that can be guessed is told as such.
func TestAFindingGuessesWhatIsMissing(t *testing.T) {
	for name, c := range map[string]struct {
		reads  func(ctx context.Context, n int)
		topics []string
		want   string
	}{
		"clock":     {func(ctx context.Context, _ int) { live.ReadsClock(ctx, "now()") }, []string{"n"}, "depends on now(), which changes and tells nobody: set RefetchInterval"},
		"unread":    {func(ctx context.Context, n int) { live.Reads(ctx, fmt.Sprint("n:", n)) }, nil, `has read ["n:2"]`},
		"deaf":      {func(context.Context, int) {}, nil, "no topic is followed"},
		"condition": {func(ctx context.Context, _ int) { live.Reads(ctx, "table?status=open&team_id=3") }, nil, "only rows with status=open and team_id=3 are read"},
		"other":     {func(context.Context, int) {}, []string{"n"}, "is a Publish missing"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, log := checked(t)
				s := newSource(1)
				q := s.number()
				q.Subscribe = c.topics
				q.Fetch = func(ctx context.Context) (int, error) {
					n, err := s.fetch(ctx)
					c.reads(ctx, n)
					return n, err
				}
				open(t, k, q)
				s.set(2)
				time.Sleep(3 * time.Second)
				if f := k.Findings(); len(f) != 1 || !strings.Contains(f[0].Missing, c.want) {
					t.Errorf("found %+v, want %q", f, c.want)
				}
				if log.count(found) != 1 {
					t.Errorf("the log says\n%s", log.lines.String())
				}
			})
		})
	}
}

// Under Keep a check looks at what pages show, not at what a load would show.
func TestACheckComparesWhatIsShown(t *testing.T) {
	for results, want := range map[live.Results]uint64{live.ResultsKeep: 0, live.ResultsHold: 1, live.ResultsLose: 1} {
		bubble(t, func(t *testing.T) {
			k, _ := checked(t)
			tb := newTable(1, 2)
			q := tb.list()
			q.Fetch, q.FetchKeys, q.Results = tb.top, tb.byKeys, results
			q.Fragments = []fragment.Fragment{livetest.Text("rows", "list")}
			shared := live.Share(k, "list", func(int) live.ListQuery[row, int] { return q })
			p := openRows(t, k, shared.With("all", 1))
			tb.put(row{0, "new"})
			time.Sleep(3 * time.Second)
			if got := k.Stats().Findings; got != want {
				t.Errorf("results %d: %d findings for a row that a load would show, want %d", results, got, want)
			}
			tb.put(row{1, "b"})
			tb.remove(2)
			time.Sleep(3 * time.Second)
			f := k.Findings()
			if len(f) != 1 || results == live.ResultsKeep && (!slices.Equal(f[0].Changed, []string{"1"}) || !slices.Equal(f[0].Gone, []string{"2"})) {
				t.Errorf("results %d: found %+v", results, f)
			}
			if results == live.ResultsKeep {
				shows(t, p, "rows", "1=b 2=gone")
			}
		})
	}
}

// What cannot be found out, or is not to be, is not checked: no fetch is made.
func TestWhatIsNotChecked(t *testing.T) {
	for name, alter := range map[string]func(k *live.Keeper, q *live.Query[int]) livetest.Handler{
		"NoRefetch": func(_ *live.Keeper, q *live.Query[int]) livetest.Handler { q.NoRefetch = true; return keeping(*q) },
		"RefetchInterval": func(_ *live.Keeper, q *live.Query[int]) livetest.Handler {
			q.RefetchInterval = time.Hour
			return keeping(*q)
		},
		"a hook": func(_ *live.Keeper, q *live.Query[int]) livetest.Handler {
			return func(s *live.Socket) error {
				s.OnNotification(func(context.Context, string, []string) []string { return nil })
				return keeping(*q)(s)
			}
		},
	} {
		bubble(t, func(t *testing.T) {
			k, _ := checked(t)
			s := newSource(1)
			q := s.number()
			livetest.OpenSocket(t, k, alice, alter(k, &q))
			time.Sleep(5 * time.Second)
			if st := k.Stats(); st.Checks != 0 {
				t.Errorf("%s: %+v", name, st)
			}
		})
	}
	bubble(t, func(t *testing.T) { // nobody looks at it
		k, _ := checked(t)
		s := newSource(1)
		open(t, k, asShared(k, s.number(), true)).Close()
		time.Sleep(5 * time.Second)
		if st := k.Stats(); st.Checks != 0 {
			t.Errorf("a query that nobody watches: %+v", st)
		}
	})
}

// A check that fails, or ends its goroutine, changes nothing; it is logged like a refetch.
func TestAFailingCheckChangesNothing(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":  func() error { return errors.New("no connection") },
		"panic":  func() error { panic("no connection") },
		"goexit": func() error { runtime.Goexit(); return nil },
	} {
		both(t, func(t *testing.T, shared bool) {
			k, log := checked(t)
			s := newSource(1)
			q := s.number()
			var failing box[bool]
			q.Fetch = func(ctx context.Context) (int, error) {
				if failing.get() {
					if err := fail(); err != nil {
						return 0, err
					}
				}
				return s.fetch(ctx)
			}
			p := open(t, k, asShared(k, q, shared))
			n := s.count()
			failing.set(true)
			time.Sleep(1500 * ms)
			if st := k.Stats(); st.Checks != 1 {
				t.Errorf("%s: %+v", name, st)
			}
			failing.set(false)
			s.set(2)
			publish(t, k, "n") // waits for no backoff
			shows(t, p, "n", "2")
			fetchedAt(t, s, n, 1500*ms)
			if st := k.Stats(); st.Findings != 0 || name != "goexit" && log.count("refetch failed") != 1 {
				t.Errorf("%s: %+v, and the log says\n%s", name, st, log.lines.String())
			}
		})
	}
}

// A check takes no place that anything else waits for, and binds no window: the first change after it refetches at once.
func TestACheckHoldsUpNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{CheckInterval: time.Second, MaxFetches: 1}), newSource(1)
		q := s.number()
		q.RefetchWindow = 700 * ms
		p := open(t, k, q)
		n := s.count()
		time.Sleep(1100 * ms)
		fetchedAt(t, s, n, 1000*ms)
		s.set(2)
		publish(t, k, "n")
		shows(t, p, "n", "2")
		fetchedAt(t, s, n+1, 1100*ms)
		s.slow(3 * time.Second)
		publish(t, k, "n") // begins at the end of the window
		time.Sleep(700 * ms)
		checks := k.Stats().Checks
		open(t, k, live.Query[int]{Fetch: newSource(1).fetch, Subscribe: []string{"other"}, Fragments: q.Fragments, LoadUntilConnected: true})
		time.Sleep(2500 * ms)
		if got := k.Stats().Checks; got != checks {
			t.Errorf("%d checks beside a refetch that has the only place", got-checks)
		}
		time.Sleep(5 * time.Second)
		if got := k.Stats().Checks; got == checks {
			t.Error("no check after it")
		}
	})
}

// Without checks there is no goroutine and no timer.
func TestNoCheckCostsNothing(t *testing.T) {
	count := func(cfg live.Config) int {
		before := runtime.NumGoroutine()
		k := live.NewKeeper(cfg)
		n := runtime.NumGoroutine() - before
		if err := k.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if off, on := count(live.Config{}), count(live.Config{CheckInterval: time.Hour}); off != 0 || on != 1 {
		t.Errorf("a keeper has %d goroutines without checks, want 0, and %d with them, want 1", off, on)
	}
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		open(t, k, s.number())
		n := s.count()
		time.Sleep(24 * time.Hour)
		fetchedAt(t, s, n)
		if n := live.AlarmsSet(k); n != 0 {
			t.Errorf("%d alarms are set", n)
		}
		k.CheckEvery(time.Hour)
		k.CheckEvery(time.Minute) // does nothing
		time.Sleep(90 * time.Minute)
		synctest.Wait()
		if st := k.Stats(); st.Checks != 1 {
			t.Errorf("switched on later: %+v", st)
		}
	})
}
