package views_test

import (
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

const ticketMarkup = `
	{{define "ticket"}}
		<tr id="ticket-{{.Key}}"><td>{{.Title}}</td></tr>
	{{end}}
	{{define "gone"}}<tr id="ticket-{{.}}" class="gone"><td>deleted</td></tr>{{end}}
	{{define "none"}}<tr><td>No tickets</td></tr>{{end}}
	{{define "wait"}}<tr><td>Loading</td></tr>{{end}}`

func ticketRowsOf(t testing.TB) fragment.Fragment {
	t.Helper()
	tmpl := templates(t, ticketMarkup)
	return views.New(views.Rows{
		ID: "tickets", Prefix: "ticket-",
		Row: views.Named(tmpl, "ticket"), RowGone: views.Named(tmpl, "gone"),
		Empty: views.Named(tmpl, "none"), Loading: views.Named(tmpl, "wait"),
	})
}

// Each kind of change as it goes over the wire; docs/htmx.md shows the same.
func TestRowPatches(t *testing.T) {
	long := strings.Repeat("long ", 50)
	a, b, c, d := ticket{Key: "1", Title: long}, ticket{Key: "2", Title: long}, ticket{Key: "3", Title: long}, ticket{Key: "4", Title: long}
	changed, gone := ticket{Key: "2", Title: "changed"}, ticket{Key: "2", Gone: true}
	row := func(t ticket) string { return `<tr id="ticket-` + t.Key + `"><td>` + t.Title + `</td></tr>` }
	tests := []struct {
		name     string
		was, now []ticket
		want     string
	}{
		{"nothing", []ticket{a, b}, []ticket{a, b}, ""},
		{
			"changed",
			[]ticket{a, b, c},
			[]ticket{a, changed, c},
			`<table><tr hx-swap-oob="true" id="ticket-2"><td>changed</td></tr></table>`,
		},
		{
			"vanished",
			[]ticket{a, b, c},
			[]ticket{a, gone, c},
			`<table><tr hx-swap-oob="true" id="ticket-2" class="gone"><td>deleted</td></tr></table>`,
		},
		{
			"removed",
			[]ticket{a, b, c, d},
			[]ticket{b, d},
			`<div hx-swap-oob="delete:#ticket-1,#ticket-3" data-live="delete"></div>`,
		},
		{
			"inserted first",
			[]ticket{b},
			[]ticket{a, b},
			`<table><tbody hx-swap-oob="afterbegin:#tickets">` + row(a) + `</tbody></table>`,
		},
		{
			"inserted together",
			[]ticket{a, d},
			[]ticket{a, b, c, d},
			`<table><tbody hx-swap-oob="afterend:#ticket-1">` + row(b) + row(c) + `</tbody></table>`,
		},
		{
			"moved",
			[]ticket{a, b, c, d},
			[]ticket{a, c, d, b},
			`<div hx-swap-oob="delete:#ticket-2" data-live="delete"></div><table><tbody hx-swap-oob="afterend:#ticket-4">` + row(b) + `</tbody></table>`,
		},
		{
			"all at once",
			[]ticket{a, b, c},
			[]ticket{d, changed, a},
			`<div hx-swap-oob="delete:#ticket-2,#ticket-3" data-live="delete"></div><table><tbody hx-swap-oob="afterbegin:#tickets">` +
				row(d) + row(changed) + `</tbody></table>`,
		},
		{"emptied", []ticket{a}, nil, `<table><tbody hx-swap-oob="innerHTML:#tickets" data-live="whole"><tr><td>No tickets</td></tr></tbody></table>`},
		{"filled", nil, []ticket{a}, `<table><tbody hx-swap-oob="innerHTML:#tickets" data-live="whole">` + row(a) + `</tbody></table>`},
		{"replaced by others", []ticket{a}, []ticket{b}, `<table><tbody hx-swap-oob="innerHTML:#tickets" data-live="whole">` + row(b) + `</tbody></table>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := ticketRowsOf(t)
			got := string(f.Patch(render(t, f, assigns(list{rows: tt.was})), render(t, f, assigns(list{rows: tt.now}))))
			if got != tt.want {
				t.Errorf("the patch is\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestRowsThatAreNotReady(t *testing.T) {
	f := ticketRowsOf(t)
	full := render(t, f, assigns(list{rows: []ticket{{Key: "1", Title: "secret"}}}))
	for status, want := range map[string]string{
		"loading": `<table><tbody hx-swap-oob="innerHTML:#tickets" data-live="whole"><tr><td>Loading</td></tr></tbody></table>`,
		"gone":    `<div hx-swap-oob="innerHTML:#tickets" data-live="whole"></div>`,
		"cleared": `<div hx-swap-oob="innerHTML:#tickets" data-live="cleared"></div>`,
	} {
		now := render(t, f, assigns(list{value: value{status: fragment.Status(status)}}))
		if got := string(f.Patch(full, now)); got != want {
			t.Errorf("%s: the patch is %s, want %s", status, got, want)
		}
		if got := f.Patch(now, now); len(got) > 0 {
			t.Errorf("%s: nothing changed, and %s would be sent", status, got)
		}
		if back := string(f.Patch(now, full)); !strings.Contains(back, "secret") {
			t.Errorf("%s: the way back is %s", status, back)
		}
	}
}

// Without markup for vanished rows they leave the page, and with the last of them it is empty.
func TestVanishedRowsWithoutMarkupLeave(t *testing.T) {
	tmpl := templates(t, ticketMarkup)
	f := views.New(views.Rows{ID: "tickets", Prefix: "ticket-", Row: views.Named(tmpl, "ticket"), Empty: views.Named(tmpl, "none")})
	was := render(t, f, assigns(list{rows: []ticket{{Key: "1"}, {Key: "2"}}}))
	now := render(t, f, assigns(list{rows: []ticket{{Key: "1", Gone: true}, {Key: "2"}}}))
	if got, want := string(f.Inline(now)), `<tr id="ticket-2"><td></td></tr>`; got != want {
		t.Errorf("the rows are %s, want %s", got, want)
	}
	if got, want := string(f.Patch(was, now)), `<div hx-swap-oob="delete:#ticket-1" data-live="delete"></div>`; got != want {
		t.Errorf("the patch is %s, want %s", got, want)
	}
	none := render(t, f, assigns(list{rows: []ticket{{Key: "1", Gone: true}, {Key: "2", Gone: true}}}))
	if got, want := string(f.Inline(none)), `<tr><td>No tickets</td></tr>`; got != want {
		t.Errorf("the rows are %s, want %s", got, want)
	}
}

func TestRowMistakesAreErrors(t *testing.T) {
	tmpl := templates(t, ticketMarkup+`{{define "li"}}<li id="ticket-{{.}}"></li>{{end}}`)
	f := ticketRowsOf(t)
	mixed := views.New(views.Rows{ID: "tickets", Prefix: "ticket-", Row: views.Named(tmpl, "ticket"), RowGone: views.Named(tmpl, "li")})
	for _, tt := range []struct {
		name string
		f    fragment.Fragment
		rows []ticket
		want string
	}{
		{"a key twice", f, []ticket{{Key: "1"}, {Key: "1"}}, `two rows of #tickets have the key "1"`},
		{"a raw key", f, []ticket{{Key: "a b"}}, `instead`},
		{"mixed tags", mixed, []ticket{{Key: "1"}, {Key: "2", Gone: true}}, "cannot stand beside those"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.f.Render(t.Context(), assigns(list{rows: tt.rows}))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error is %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestRowIDsAreOneToOne(t *testing.T) {
	for key, want := range map[string]string{
		"42": "t-42", "6ba7b810-9dad": "t-6ba7b810-9dad", "user_1": "t-user_1", "a b": "t-a_x20b",
		"a_x20b": "t-a_x5fx20b", "é": "t-_xc3_xa9", "_": "t-_", "": "t-",
	} {
		if got := views.RowID("t-", key); got != want {
			t.Errorf("the row with the key %q has the id %q, want %q", key, got, want)
		}
	}
	// Every id leads back to its key, so no two keys share one.
	escape := regexp.MustCompile(`_x[0-9a-f]{2}`)
	decode := func(id string) string {
		return escape.ReplaceAllStringFunc(strings.TrimPrefix(id, "t-"), func(s string) string {
			b, _ := hex.DecodeString(s[2:])
			return string(b)
		})
	}
	key := rapid.StringMatching(`([_x0-9a-f]|[ -~]|\PC)*`)
	rapid.Check(t, func(r *rapid.T) {
		key := key.Draw(r, "key")
		id := views.RowID("t-", key)
		if got := decode(id); got != key {
			r.Fatalf("%q has the id %q, which reads as %q", key, id, got)
		}
		if strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			r.Fatalf("%q has the id %q", key, id)
		}
	})
}
