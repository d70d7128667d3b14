package live_test

import (
	"context"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// prefixed is a fragment of rows whose ids have a prefix.
type prefixed struct {
	fragment.Fragment

	prefix string
}

func (f prefixed) RowPrefix() string { return f.prefix }

// A record that two lists show has two elements: with one id for both a change of one would reach the other.
func TestTwoListsOfOnePrefixAreAnError(t *testing.T) {
	for prefix, want := range map[string]string{"b-": "", "a-": `"a" and "b" of one page have ids with the same prefix "a-"`} {
		k := live.NewKeeper(live.Config{})
		t.Cleanup(func() { _ = k.Close(context.WithoutCancel(t.Context())) })
		page, err := k.Connect(t.Context(), live.SocketConfig{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(page.Close)
		for _, f := range []prefixed{{livetest.Text("a", "x"), "a-"}, {livetest.Text("b", "y"), prefix}} {
			q := live.Query[int]{
				Fetch:     func(context.Context) (int, error) { return 1, nil },
				Fragments: []fragment.Fragment{f},
			}
			name := map[string]string{"a": "x", "b": "y"}[f.ID()]
			if _, err := live.Keep(page.Socket(), name, q); err != nil {
				t.Fatal(err)
			}
		}
		_, err = page.Render()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("with %s and a-: the error is %v", prefix, err)
		}
	}
}

// Two elements of a page that have one id are an error when it is loaded, before one is taken for the other.
func TestTwoElementsOfOneIDAreAnErrorAtLoad(t *testing.T) {
	rows := func(id string) fragment.Fragment { return prefixed{livetest.Text(id, "rows"), "row-"} }
	for name, c := range map[string]struct {
		first, last []fragment.Fragment
		composed    fragment.Fragment
		want        string
	}{
		"different ids":        {first: []fragment.Fragment{rows("a"), livetest.Text("b", "rows")}, last: []fragment.Fragment{livetest.Text("row-count", "last")}, composed: livetest.Text("c", "rows")},
		"two queries":          {first: []fragment.Fragment{livetest.Text("a", "rows")}, last: []fragment.Fragment{livetest.Text("a", "last")}, want: `the id "a", one of the query "rows" and one of the query "last"`},
		"one query":            {first: []fragment.Fragment{livetest.Text("a", "rows"), livetest.Text("a", "rows")}, want: `the id "a"`},
		"a composition":        {first: []fragment.Fragment{livetest.Text("a", "rows")}, composed: livetest.Text("a", "rows"), want: `one of the query "rows" and one of the composition of ["rows"]`},
		"a row that is shown":  {first: []fragment.Fragment{rows("a")}, last: []fragment.Fragment{livetest.Text("row-1", "last")}, want: `the fragment "row-1" has the id of the row "1" of the fragment "a"`},
		"a row of another key": {first: []fragment.Fragment{rows("a")}, last: []fragment.Fragment{livetest.Text("row-3", "last")}},
	} {
		t.Run(name, func(t *testing.T) {
			k := live.NewKeeper(live.Config{})
			t.Cleanup(func() { _ = k.Close(context.WithoutCancel(t.Context())) })
			page, err := k.Connect(t.Context(), live.SocketConfig{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(page.Close)
			for range 2 { // a name may be kept anew
				if err := keepRows(page.Socket(), live.ListQuery[row, int]{
					Fetch: func(context.Context) ([]row, error) { return []row{{ID: 1}, {ID: 2}}, nil }, Key: func(r row) int { return r.ID },
					Fragments: c.first,
				}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := live.Keep(page.Socket(), "last", live.Query[int]{Fetch: func(context.Context) (int, error) { return 1, nil }, Fragments: c.last}); err != nil {
				t.Fatal(err)
			}
			if c.composed != nil {
				if err := page.Socket().Compose(c.composed, "rows"); err != nil {
					t.Fatal(err)
				}
			}
			_, err = page.Render()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want one with %q", err, c.want)
			}
		})
	}
}

// Two rows of one key are an error at load, and later as well, also of rows that are kept: what was shown stays.
func TestTwoRowsOfOneKeyAreAnErrorAtLoadAndLater(t *testing.T) {
	for _, results := range []live.Results{live.ResultsKeep, live.ResultsLose} {
		bubble(t, func(t *testing.T) {
			k, rows := node(t, live.Config{}), []string{"1"}
			q := live.ListQuery[string, string]{
				Fetch:     func(context.Context) ([]string, error) { return rows, nil },
				Key:       func(row string) string { return row[:1] },
				FetchKeys: func(context.Context, []string) ([]string, error) { return rows, nil },
				Subscribe: []string{"n"}, Results: results,
				Fragments: []fragment.Fragment{livetest.Text("n", "list")},
			}
			keep := func(socket *live.Socket) error {
				_, err := live.KeepList(socket, "list", q)
				return err
			}
			p := livetest.OpenSocket(t, k, alice, keep)
			shows(t, p, "n", "1=1")
			rows = []string{"1", "1b"}
			publish(t, k, "n")
			shows(t, p, "n", "1=1")
			page, err := k.Connect(t.Context(), alice)
			if err != nil {
				t.Fatal(err)
			}
			defer page.Close()
			if err := keep(page.Socket()); err == nil || !strings.Contains(err.Error(), "two rows of one result have the key 1") {
				t.Errorf("the error at load is %v", err)
			}
		})
	}
}
