package views_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// What a change costs: rendering fifty rows, all of them or all but one shared, and finding the patch.
func BenchmarkRows(b *testing.B) {
	tmpl := templates(b, `{{define "row"}}<tr id="ticket-{{.Key}}" data-id="{{.Key}}"><td class="title"><a href="/tickets/{{.Key}}">{{.Title}}</a></td><td class="status">open</td><td class="priority">high</td><td class="assignee">Grace Hopper</td></tr>{{end}}`)
	f := views.New(views.Rows{ID: "tickets", Prefix: "ticket-", Row: views.Named(tmpl, "row")})
	rows := make([]ticket, 50)
	for i := range rows {
		rows[i] = ticket{Key: fmt.Sprint(1000 + i), Title: strings.Repeat("printer ", 5)}
	}
	changed := slices.Clone(rows)
	changed[17].Title = "solved"
	old, now := render(b, f, assigns(list{rows: rows})), render(b, f, assigns(list{rows: changed}))
	b.Run("render", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.Render(b.Context(), assigns(list{rows: rows})); err != nil {
				b.Fatal(err)
			}
		}
	})
	encoded := renderRows(b, f, rows)
	b.Run("render of rendered rows", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.(fragment.RowRenderer).RenderRows(b.Context(), assigns(list{rows: rows}), encoded); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("patch", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if len(f.Patch(old, now)) == 0 {
				b.Fatal("no patch")
			}
		}
		b.ReportMetric(float64(len(f.Patch(old, now))), "wire-B")
	})
}
