package live_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// targets is every way to change the page, from the middle of three, and what is shown then.
func targets(t *testing.T, list *paging.List[row]) map[string]paging.Target {
	t.Helper()
	to, err := list.Parse(url.Values{"limit": {"3"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]paging.Target{
		"1=a 2=a": paging.First, "3=a 4=a": paging.Prev, "7=a 8=a": paging.Next, "9=a 10=a": paging.Last, "1=a 2=a 3=a": paging.To(to),
	}
	if list.Config().Mode == paging.Offset {
		all["5=a 6=a"] = paging.Number(3)
	}
	return all
}

// middle is the query of page three of five.
func middle(t *testing.T, tb *table, list *paging.List[row]) url.Values {
	t.Helper()
	o, err := list.Parse(url.Values{}, "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		page, err := tb.page(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		o, _ = page.Target(paging.Next)
	}
	q := o.Values()
	q.Set("other", "kept")
	return q
}

func TestChangePageOnAStreamToEveryTarget(t *testing.T) {
	for kind, list := range map[string]*paging.List[row]{"keyset": keyset(), "offset": offset()} {
		for want, to := range targets(t, list) {
			t.Run(kind+" "+want, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
					at := alice
					at.Query = middle(t, tb, list)
					p := livetest.OpenSocket(t, k, at, func(s *live.Socket) error { return keepRows(s, tb.pages(list)) })
					shows(t, p, "rows", "5=a 6=a")
					if err := p.Socket().ChangePage("rows", to); err != nil {
						t.Fatal(err)
					}
					shows(t, p, "rows", want)
					us := p.Updates()
					if len(us) == 0 || us[0].Query == nil {
						t.Fatalf("updates: %+v", us)
					}
					if want != "5=a 6=a" && len(us[0].Patches) == 0 {
						t.Error("moved without the new fragments")
					}
					for _, u := range us[1:] {
						t.Errorf("a second update: %+v", u)
					}
					if us[0].Query.Get("other") != "kept" && want != "1=a 2=a 3=a" {
						t.Errorf("moved to %v", us[0].Query)
					}
					// The new stream follows the new page.
					tb.remove(1, 3, 5, 7, 9)
					publish(t, k, "rows")
					synctest.Wait()
					if p.Text("rows") == want {
						t.Error("the page does not follow")
					}
				})
			})
		}
	}
}

func TestChangePageWhileLoading(t *testing.T) {
	for kind, list := range map[string]*paging.List[row]{"keyset": keyset(), "offset": offset()} {
		for want, to := range targets(t, list) {
			t.Run(kind+" "+want, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
					at := alice
					at.Query = middle(t, tb, list)
					p := livetest.OpenSocket(t, k, at, func(s *live.Socket) error {
						q := tb.pages(list)
						if err := keepRows(s, q); err != nil {
							return err
						}
						return s.ChangePage("rows", to)
					})
					// The handler runs again on the stream and changes the page again: it must not move on.
					shows(t, p, "rows", want)
					if us := p.Updates(); len(us) != 0 {
						t.Errorf("updates: %+v", us)
					}
					tb.put(row{1, "b"}, row{3, "b"}, row{5, "b"}, row{7, "b"}, row{9, "b"})
					publish(t, k, "rows")
					synctest.Wait()
					if p.Text("rows") == want {
						t.Error("the page does not follow")
					}
				})
			})
		}
	}
}

func TestAPageThatIsNotThereIsAnError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		k, tb := node(t, live.Config{Logger: log.logger()}), newTable(1, 2, 3)
		handler := func(name string, to paging.Target) livetest.Handler {
			return func(s *live.Socket) error {
				if err := keepRows(s, tb.pages(offset())); err != nil {
					return err
				}
				if _, err := live.Keep(s, "n", newSource(1).number()); err != nil {
					return err
				}
				return s.ChangePage(name, to)
			}
		}
		for _, to := range []paging.Target{paging.Prev, paging.Number(3), paging.Number(0), paging.Number(-1)} {
			if err := load(t, k, handler("rows", to)); err == nil {
				t.Errorf("%v: no error", to)
			}
		}
		for _, name := range []string{"n", "nobody"} {
			if err := load(t, k, handler(name, paging.First)); !errors.Is(err, live.ErrUnknown) {
				t.Errorf("page of %q: %v", name, err)
			}
		}

		p := openRows(t, k, tb.pages(offset()))
		if err := p.Socket().ChangePage("rows", paging.Prev); err == nil {
			t.Error("on a stream: no error")
		}
		if err := p.Socket().ChangePage("nobody", paging.Next); !errors.Is(err, live.ErrUnknown) {
			t.Errorf("on a stream, page of nobody: %v", err)
		}
		shows(t, p, "rows", "1=a 2=a")
		if log.count("no such page") != 0 || len(p.Updates()) != 0 {
			t.Errorf("log %s, updates %+v", log.lines.String(), p.Updates())
		}
		tb.fail(live.ErrGone)
		publish(t, k, "rows")
		shows(t, p, "rows", "gone")
		if err := p.Socket().ChangePage("rows", paging.First); err == nil || !strings.Contains(err.Error(), "it is gone") {
			t.Errorf("of a list that is gone: %v", err)
		}
		shows(t, p, "rows", "gone")
	})
}

func TestAPageChangeDoesNotShowInitialAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4)
		handler := func(s *live.Socket) error {
			o, err := keyset().Parse(nil, "")
			if err != nil {
				return err
			}
			initial, err := tb.page(t.Context(), o)
			if err != nil {
				return err
			}
			q := tb.pages(keyset())
			q.Initial = &initial
			if _, err := live.KeepPage(s, "rows", q); err != nil {
				return err
			}
			return s.ChangePage("rows", paging.Next)
		}
		p := livetest.OpenSocket(t, k, alice, handler)
		shows(t, p, "rows", "3=a 4=a")
		if got := p.FreshText("rows"); got != "3=a 4=a" {
			t.Errorf("a load shows %q", got)
		}
	})
}

// Two lists of one page keep their parameters apart.
func TestAPageChangeLeavesTheOtherListAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4, 5, 6)
		at := alice
		at.Query = url.Values{"b.offset": {"2"}, "tab": {"x"}}
		p := livetest.OpenSocket(t, k, at, func(s *live.Socket) error {
			for _, name := range []string{"a", "b"} {
				cfg := offset().Config()
				cfg.Prefix = name + "."
				q := tb.pages(paging.MustNew[row](cfg))
				q.Fragments = []fragment.Fragment{livetest.Text(name, name)}
				if _, err := live.KeepPage(s, name, q); err != nil {
					return err
				}
			}
			return nil
		})
		synctest.Wait()
		for _, change := range []struct {
			name string
			to   paging.Target
		}{{"a", paging.Last}, {"b", paging.First}, {"a", paging.Prev}} {
			if err := p.Socket().ChangePage(change.name, change.to); err != nil {
				t.Fatal(err)
			}
		}
		shows(t, p, "a", "3=a 4=a")
		shows(t, p, "b", "1=a 2=a")
		var last url.Values
		for _, u := range p.Updates() {
			if u.Query != nil {
				last = u.Query
			}
		}
		if got := last.Encode(); got != "a.offset=2&tab=x" {
			t.Errorf("moved to %q", got)
		}
	})
}
