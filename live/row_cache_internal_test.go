package live

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/live/fragment"
)

type cell struct {
	Key  int
	Text string
}

// cells is a fragment of rows, which counts those that it renders.
type cells struct{ rendered int }

func (f *cells) ID() string { return "cells" }

func (f *cells) Render(ctx context.Context, assigns fragment.Assigns) ([]byte, error) {
	var rows [][]byte
	for _, row := range assigns["cells"].Rows {
		b, err := f.RenderRow(ctx, row)
		if err != nil {
			return nil, err
		}
		rows = append(rows, b)
	}
	return f.RenderRows(ctx, assigns, rows)
}

func (f *cells) RenderRow(_ context.Context, row fragment.Row) ([]byte, error) {
	f.rendered++
	return fmt.Appendf(nil, "[%s %v %t]", row.Key, row.Value, row.Gone), nil
}

func (f *cells) RenderRows(_ context.Context, _ fragment.Assigns, rows [][]byte) ([]byte, error) {
	b := bytes.Join(rows, nil)
	at := 0
	for i, row := range rows {
		rows[i] = b[at : at+len(row)]
		at += len(row)
	}
	return b, nil
}

func (f *cells) Inline(rendered []byte) []byte { return rendered }

func (f *cells) Patch(_, rendered []byte) []byte { return rendered }

// snapshots renders one version of a list after the other, as pages see them that pin the rows of the first.
func snapshots(t testing.TB, f fragment.Fragment, anew bool, versions ...[]cell) (made []*snapshot) {
	t.Helper()
	var now []cell
	p := ListQuery[cell, int]{
		Fetch:     func(context.Context) ([]cell, error) { return now, nil },
		Key:       func(c cell) int { return c.Key },
		Fragments: []fragment.Fragment{f},
	}.plan()
	p.share = &shareRef{} // a load may come at any time
	var last *snapshot
	var pin *pinned
	for _, now = range versions {
		var sets []*pinned
		if pin != nil {
			sets = []*pinned{pin}
		}
		r := renderer{plan: p, name: "cells", most: 1 << 20, last: last, anew: anew, failures: rowFailures{core: &core{}}}
		s, err := r.make(context.Background(), sets)
		if err != nil {
			t.Fatal(err)
		}
		if last = s; len(made) == 0 {
			pin = s.views[nil].pinned
		}
		made = append(made, s)
	}
	return made
}

func TestOnlyRowsThatDifferAreRendered(t *testing.T) {
	was := []cell{{1, ""}, {2, ""}, {3, ""}}
	for name, c := range map[string]struct {
		now  []cell
		anew bool
		want int
	}{
		"nothing differs":          {now: was},
		"nothing differs, anew":    {now: was, anew: true, want: 3},
		"one changed":              {now: []cell{{1, ""}, {2, "new"}, {3, ""}}, want: 1},
		"all moved":                {now: []cell{{3, ""}, {2, ""}, {1, ""}}},
		"one came":                 {now: []cell{{0, ""}, {1, ""}, {2, ""}, {3, ""}}, want: 1},
		"one went, and shows that": {now: []cell{{1, ""}, {3, ""}}, want: 1},
		"all went":                 {now: nil, want: 3},
	} {
		t.Run(name, func(t *testing.T) {
			f := &cells{}
			snapshots(t, f, c.anew, was, c.now)
			if got := f.rendered - len(was); got != c.want {
				t.Errorf("%d rows were rendered, want %d", got, c.want)
			}
		})
	}
}

// A row that is gone is not rendered again either.
func TestGoneRowsAreRenderedOnce(t *testing.T) {
	f := &cells{}
	snapshots(t, f, false, []cell{{1, ""}, {2, ""}}, []cell{{1, ""}}, []cell{{1, ""}}, []cell{{1, ""}})
	if f.rendered != 3 {
		t.Errorf("rendered %d times, want two rows and one that is gone", f.rendered)
	}
}

// Whatever a list was and becomes: rows that are taken from the version before give the bytes of rendering all of them.
func TestReusedRowsAreWhatRenderingGives(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		version := rapid.SliceOfNDistinct(rapid.Custom(func(r *rapid.T) cell {
			return cell{rapid.IntRange(1, 9).Draw(r, "key"), rapid.SampledFrom([]string{"", "a", "b"}).Draw(r, "text")}
		}), 0, 9, func(c cell) int { return c.Key })
		versions := rapid.SliceOfN(version, 1, 5).Draw(r, "versions")
		reused := snapshots(t, &cells{}, false, versions...)
		all := snapshots(t, &cells{}, true, versions...)
		for i, s := range reused {
			if len(s.views) != len(all[i].views) {
				t.Fatalf("version %d has %d views, want %d", i, len(s.views), len(all[i].views))
			}
			wants := map[string]bool{}
			for _, v := range all[i].views {
				wants[string(v.renders[0].bytes)] = true
			}
			for _, v := range s.views {
				if got := string(v.renders[0].bytes); !wants[got] {
					t.Fatalf("version %d is %q, want one of %v", i, got, wants)
				}
			}
		}
	})
}

// What is kept of rows is a part of what is kept of the whole, or a page would hold all HTML twice.
func TestRowsAreKeptOnce(t *testing.T) {
	one, other := []cell{{1, "a"}, {2, "b"}}, []cell{{1, "c"}, {2, "b"}}
	for name, c := range map[string]struct {
		anew     bool
		versions [][]cell
	}{
		"first":           {versions: [][]cell{one}},
		"changed":         {versions: [][]cell{one, other}},
		"unchanged":       {versions: [][]cell{one, other, other}},
		"anew, unchanged": {anew: true, versions: [][]cell{one, other, other}},
		"anew, back":      {anew: true, versions: [][]cell{one, other, one}},
	} {
		t.Run(name, func(t *testing.T) {
			made := snapshots(t, &cells{}, c.anew, c.versions...)
			for _, v := range made[len(made)-1].views {
				whole, row := v.renders[0].bytes, v.rowBytes[0][0]
				if &whole[0] != &row[0] {
					t.Errorf("%q is a copy of %q", row, whole)
				}
			}
		})
	}
}

// Rows of a type that does not say whether they are what they were are not kept.
func TestRowsThatAreNotPlainAreNotKept(t *testing.T) {
	p := ListQuery[*cell, int]{
		Fetch:     func(context.Context) ([]*cell, error) { return []*cell{{1, "a"}}, nil },
		Key:       func(c *cell) int { return c.Key },
		Fragments: []fragment.Fragment{&cells{}},
	}.plan()
	r := renderer{plan: p, name: "cells", most: 1 << 20, failures: rowFailures{core: &core{}}}
	s, err := r.make(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if kept := s.views[nil].rowBytes[0]; kept != nil {
		t.Errorf("kept %q", kept)
	}
}
