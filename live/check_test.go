package live_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
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
		"other":     {func(context.Context, int) {}, []string{"n"}, "is a Publish or a trigger missing"},
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

// A change that is skipped because RowsOf says that it does not matter, although it does, is told as such.
func TestARowThatShowsAnotherIsFound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, _ := checked(t)
		tb := newTable(1, 2, 3)
		q := tb.list()
		q.RowsOf, q.FetchKeys = "rows", tb.byKeys
		q.Fetch = func(ctx context.Context) ([]row, error) { // of the first row, with the name of the last
			all, err := tb.all(ctx)
			return []row{{1, all[2].Name}}, err
		}
		q.FetchKeys = func(ctx context.Context, _ []int) ([]row, error) { return q.Fetch(ctx) }
		p := openRows(t, k, q)
		time.Sleep(1500 * ms)
		tb.put(row{3, "b"})
		changed(t, k, 3)
		shows(t, p, "rows", "1=a")
		time.Sleep(3 * time.Second)
		shows(t, p, "rows", "1=b")
		if f := k.Findings(); len(f) != 1 || !slices.Equal(f[0].Changed, []string{"1"}) || !strings.Contains(f[0].Missing, "is RowsOf right") ||
			!strings.Contains(f[0].Missing, `a change of "rows"`) {
			t.Errorf("found %+v", f)
		}
	})
}
