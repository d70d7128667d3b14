package live_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/views"
)

// items is a fragment of rows that counts what it renders.
func items(rendered *atomic.Int64, text func(row any) string) fragment.Fragment {
	return views.New(views.Rows{ID: "rows", Prefix: "row-", Row: func(value any) views.Component {
		return views.ComponentFunc(func(_ context.Context, w io.Writer) error {
			rendered.Add(1)
			_, err := io.WriteString(w, text(value))
			return err
		})
	}})
}

func item(value any) string {
	r := value.(row)
	return fmt.Sprintf(`<li id="row-%d">%s</li>`, r.ID, r.Name)
}

// The cost of a change is that of the rows that have changed; what time or the application demands is rendered anew.
func TestRowsThatAreWhatTheyWereAreNotRenderedAgain(t *testing.T) {
	for name, results := range map[string]live.Results{"keep": live.ResultsKeep, "lose": live.ResultsLose, "hold": live.ResultsHold} {
		for _, private := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, private %t", name, private), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4, 5)
					var rendered atomic.Int64
					q := tb.list()
					q.Fetch, q.FetchKeys = tb.all, tb.byKeys
					q.Results, q.RefetchInterval = results, time.Minute
					q.Fragments = []fragment.Fragment{items(&rendered, item)}
					if !private {
						q = live.Share(k, "rows", func(int) live.ListQuery[row, int] { return q }).With("all", 1)
					}
					s := connect(t, k)
					defer s.Close()
					if err := keepRows(s.Socket(), q); err != nil {
						t.Fatal(err)
					}
					s.Start()
					s.Next()
					for what, c := range map[string]struct {
						change func()
						want   int64
					}{
						"one changed": {func() { tb.put(row{3, fmt.Sprint(time.Now())}); publish(t, k, "rows") }, 1},
						"nothing":     {func() { publish(t, k, "rows") }, 0},
						"Refetch": {func() {
							if err := s.Socket().Refetch(); err != nil {
								t.Error(err)
							}
							s.Next()
						}, 5},
						"the interval": {func() { time.Sleep(time.Minute) }, 5},
					} {
						synctest.Wait()
						rendered.Store(0)
						c.change()
						synctest.Wait()
						if got := rendered.Load(); got != c.want {
							t.Errorf("%s: %d rows rendered, want %d", what, got, c.want)
						}
					}
				})
			})
		}
	}
}

// Rows that point to what can change in place are no proof that nothing has.
func TestRowsThatPointSomewhereAreRenderedAgain(t *testing.T) {
	type note struct {
		ID   int
		Text *string
	}
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		var rendered atomic.Int64
		text := "old"
		s := connect(t, k)
		defer s.Close()
		if _, err := live.KeepList(s.Socket(), "rows", live.ListQuery[note, int]{
			Fetch:     func(context.Context) ([]note, error) { return []note{{1, &text}}, nil },
			Key:       func(n note) int { return n.ID },
			Subscribe: []string{"rows"},
			Fragments: []fragment.Fragment{items(&rendered, func(value any) string {
				return `<li id="row-1">` + *value.(note).Text + `</li>`
			})},
		}); err != nil {
			t.Fatal(err)
		}
		s.Start()
		s.Next()
		text = "new"
		publish(t, k, "rows")
		synctest.Wait()
		if u, ok := s.Next(); !ok || len(u.Patches) != 1 {
			t.Errorf("sent %+v", u)
		}
	})
}

// A page that asks without topics asks because it cannot know: what it is shown is rendered then.
func TestALoadWithoutTopicsRendersAnew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		var rendered atomic.Int64
		shared := live.Share(k, "rows", func(int) live.ListQuery[row, int] {
			q := tb.list()
			q.Subscribe, q.Fragments = nil, []fragment.Fragment{items(&rendered, item)}
			return q
		})
		for range 3 {
			rendered.Store(0)
			err := load(t, k, livetest.Handler(func(s *live.Socket) error { return keepRows(s, shared.With("all", 1)) }))
			if err != nil {
				t.Fatal(err)
			}
			if got := rendered.Load(); got != 2 {
				t.Errorf("%d rows rendered, want 2", got)
			}
		}
	})
}

// An interval renews what only time changes, however often notifications put it off.
func TestNotificationsDoNotKeepRowsFromBeingRenewed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3)
		var rendered atomic.Int64
		q := tb.list()
		q.RefetchInterval, q.Fragments = time.Second, []fragment.Fragment{items(&rendered, item)}
		s := connect(t, k)
		defer s.Close()
		if err := keepRows(s.Socket(), q); err != nil {
			t.Fatal(err)
		}
		s.Start()
		s.Next()
		synctest.Wait()
		rendered.Store(0)
		for range 25 {
			time.Sleep(400 * time.Millisecond)
			publish(t, k, "rows")
			synctest.Wait()
		}
		// every second notification comes when half of the interval or more has passed
		if got := rendered.Load(); got < 10*3 || got > 13*3 {
			t.Errorf("rows were rendered %d times in ten seconds", got)
		}
	})
}

// What is kept for comparison is the version before, and not all that were.
func TestOneVersionIsRemembered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1)
		var rendered atomic.Int64
		q := tb.list()
		q.Fragments = []fragment.Fragment{items(&rendered, func(value any) string {
			r := value.(row)
			return fmt.Sprintf(`<li id="row-%d"></li>`, r.ID)
		})}
		s := connect(t, k)
		defer s.Close()
		if err := keepRows(s.Socket(), q); err != nil {
			t.Fatal(err)
		}
		s.Start()
		s.Next()
		const versions, size = 32, 1 << 20
		before := heap()
		for i := range versions {
			tb.put(row{1, strings.Repeat(fmt.Sprint(i%10), size)})
			publish(t, k, "rows")
			time.Sleep(time.Second)
			s.Next()
		}
		if grown := heap() - before; grown > 4*size {
			t.Errorf("%d bytes more after %d versions of %d", grown, versions, size)
		}
		if rendered.Load() != versions+1 {
			t.Errorf("rendered %d times", rendered.Load())
		}
	})
}
