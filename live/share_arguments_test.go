package live_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// What is of one viewer, or is not what it compares equal to, is no argument: this is found out where the query is defined.
func TestArgumentsOfASharedQueryArePlain(t *testing.T) {
	k := node(t, live.Config{})
	n := 0
	name := func() string { n++; return fmt.Sprint("q", n) }
	number := newSource(1).number()
	type mixed struct {
		Team   int
		Filter any
	}
	type key struct {
		Name  string
		ID    [16]byte
		Since time.Time
		Open  bool
	}
	for what, define := range map[string]func(){
		"a request's context":    func() { live.Share(k, name(), func(context.Context) live.Query[int] { return number }) },
		"*http.Request":          func() { live.Share(k, name(), func(*http.Request) live.Query[int] { return number }) },
		"float64, which has NaN": func() { live.Share(k, name(), func(float64) live.Query[int] { return number }) },
		"interface {}":           func() { live.Share(k, name(), func(mixed) live.Query[int] { return number }) },
		"chan int":               func() { live.Share(k, name(), func([1]chan int) live.Query[int] { return number }) },
	} {
		func() {
			defer func() {
				part, _, _ := strings.Cut(what, ",")
				if v := fmt.Sprint(recover()); !strings.Contains(v, `"q`) || part != "a request's context" && !strings.Contains(v, part) {
					t.Errorf("%s: panic %q", what, v)
				}
			}()
			define()
		}()
	}
	live.Share(k, name(), func(key) live.Query[int] { return number })
	live.Share(k, name(), func(struct{}) live.Query[int] { return number })
}

// The first viewer of a shared query must not decide what all others see.
func TestASharedQueryStaysAsItWasBuilt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, other, s, tb := node(t, live.Config{}), node(t, live.Config{}), newSource(1), newTable(1, 2, 3)
		one := live.Share(k, "n", func(int) live.Query[int] { return s.number() }).With("all", 1)
		list := live.Share(k, "rows", func(int) live.ListQuery[row, int] { return tb.list() }).With("all", 1)
		page := live.Share(other, "rows", func(int) live.PageQuery[row, int] { return tb.pages(keyset()) }).With("all", 1)
		one.Fetch = func(context.Context) (int, error) { return 47, nil }
		list.Fetch = func(context.Context) ([]row, error) { return []row{{47, "for alice"}}, nil }
		page.Fetch = func(context.Context, paging.Options) (paging.Page[row], error) {
			return paging.Page[row]{Items: []row{{47, "for alice"}}}, nil
		}
		one.Fragments, page.Scope = []fragment.Fragment{livetest.Text("for alice", "n")}, "alice"
		page.Paging = offset()
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			_, err := live.Keep(socket, "n", one)
			return err
		})
		shows(t, p, "n", "1")
		shows(t, openRows(t, k, list), "rows", "1=a 2=a 3=a")
		shows(t, openRows(t, other, page), "rows", "1=a 2=a")
	})
}
