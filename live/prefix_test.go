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
