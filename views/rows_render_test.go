package views_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// renderRows renders each row as live does.
func renderRows(t testing.TB, f fragment.Fragment, rows []ticket) [][]byte {
	t.Helper()
	r, ok := f.(fragment.RowRenderer)
	if !ok {
		t.Fatal("rows are not rendered one by one")
	}
	encoded := make([][]byte, len(rows))
	for i, row := range (list{rows: rows}).assign().Rows {
		var err error
		if encoded[i], err = r.RenderRow(fragment.WithFailures(t.Context(), &failures{}), row); err != nil {
			t.Fatal(err)
		}
	}
	return encoded
}

// Rows are rendered once, for whatever lists they are in, and the lists are the same bytes as alone.
func TestListsOfRenderedRows(t *testing.T) {
	for _, k := range kinds() {
		f := k.fragment()
		t.Run(k.name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				rows := drawRows(r, nil, "rows")
				encoded := renderRows(t, f, rows)
				for range 2 {
					from := rapid.IntRange(0, len(rows)).Draw(r, "from")
					part := slices.Clone(encoded[from:])
					got, err := f.(fragment.RowRenderer).RenderRows(fragment.WithFailures(t.Context(), &failures{}), assigns(list{rows: rows[from:]}), part)
					if err != nil {
						t.Fatal(err)
					}
					if want := renderAny(t, f, assigns(list{rows: rows[from:]})); !bytes.Equal(got, want) {
						t.Fatalf("of rendered rows\n%q\nwant\n%q", got, want)
					}
					for i, b := range part {
						if !bytes.Equal(b, encoded[from+i]) {
							t.Fatalf("row %d became %q, was %q", i, b, encoded[from+i])
						}
					}
				}
			})
		})
	}
}

// What live keeps of rows is a part of the whole, or a page would hold all HTML twice.
func TestRenderedRowsAreKeptOnce(t *testing.T) {
	f := ticketRowsOf(t)
	rows := []ticket{{Key: "1", Title: "one"}, {Key: "2", Gone: true}}
	encoded := renderRows(t, f, rows)
	whole, err := f.(fragment.RowRenderer).RenderRows(t.Context(), assigns(list{rows: rows}), encoded)
	if err != nil {
		t.Fatal(err)
	}
	was := bytes.Clone(encoded[0])
	for i := range whole {
		whole[i] = '!'
	}
	if bytes.Equal(encoded[0], was) {
		t.Error("the row is a copy")
	}
}

// Bytes that RenderRow did not make are refused.
func TestRowsOfOthersAreErrors(t *testing.T) {
	f := ticketRowsOf(t)
	row := renderRows(t, f, []ticket{{Key: "1", Title: "one"}})[0]
	for name, bad := range map[string][]byte{"text": []byte("<tr>"), "cut": row[:10], "no wrapper": append([]byte{0}, row[1:]...), "a wrapper too far": append([]byte{99}, row[1:]...)} {
		_, err := f.(fragment.RowRenderer).RenderRows(t.Context(), assigns(list{rows: []ticket{{Key: "1"}}}), [][]byte{bad})
		if err == nil || !strings.Contains(err.Error(), "not rendered") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
