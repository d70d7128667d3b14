package views_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/a-h/templ"
	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/views"
)

// compared is a list that knows what it was.
type compared struct {
	list
	was []ticket
}

func (c compared) Same(i int) bool {
	for _, was := range c.was {
		if was.Key == c.rows[i].Key {
			return was == c.rows[i] && !was.Gone
		}
	}
	return false
}

func renew(t testing.TB, f views.Fragment, assigns map[string]any, before []byte) []byte {
	t.Helper()
	renewer, ok := f.(interface {
		Renew(ctx context.Context, assigns map[string]any, before []byte) ([]byte, error)
	})
	if !ok {
		t.Fatal("rows cannot be renewed")
	}
	b, err := renewer.Renew(t.Context(), assigns, before)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Rows that are the same need not be rendered again: whatever a list was and becomes, the bytes are those of rendering
// all of them.
func TestRenewingGivesWhatRenderingGives(t *testing.T) {
	for _, k := range kinds() {
		f := k.fragment()
		t.Run(k.name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				was := drawRows(r, nil, "was")
				now := drawRows(r, was, "now")
				before, want := render(t, f, assigns(list{rows: was})), render(t, f, assigns(list{rows: now}))
				if got := renew(t, f, assigns(compared{list{rows: now}, was}), before); !bytes.Equal(got, want) {
					t.Fatalf("renewed\n%q\nwant\n%q", got, want)
				}
			})
		})
	}
}

func TestOnlyRowsThatDifferAreRendered(t *testing.T) {
	renders := 0
	f := views.New(views.Rows{ID: "tickets", Prefix: "ticket-", Row: views.Typed(func(t ticket) views.Component {
		renders++
		return templ.Raw(`<tr id="ticket-` + t.Key + `"><td>` + t.Title + `</td></tr>`)
	})})
	was := []ticket{{Key: "1"}, {Key: "2"}, {Key: "3"}, {Key: "4", Gone: true}}
	before := render(t, f, assigns(list{rows: was}))
	compacter, ok := f.(interface{ Compact(rendered []byte) []byte })
	if !ok {
		t.Fatal("rows cannot be made compact")
	}
	for name, c := range map[string]struct {
		now    []ticket
		before []byte
		want   int
	}{
		"nothing differs":     {now: was, before: before},
		"one changed":         {now: []ticket{{Key: "1"}, {Key: "2", Title: "new"}, {Key: "3"}}, before: before, want: 1},
		"all moved":           {now: []ticket{{Key: "3"}, {Key: "2"}, {Key: "1"}}, before: before},
		"one came, one went":  {now: []ticket{{Key: "0"}, {Key: "1"}, {Key: "3"}}, before: before, want: 1},
		"one is back":         {now: []ticket{{Key: "1"}, {Key: "4"}}, before: before, want: 1},
		"bytes that are lost": {now: was, before: before[:len(before)-1], want: 3},
		"HTML that is lost":   {now: was, before: compacter.Compact(before), want: 3},
		"another version":     {now: was, before: render(t, f, assigns(list{})), want: 3},
	} {
		renders = 0
		got := renew(t, f, assigns(compared{list{rows: c.now}, was}), c.before)
		if renders != c.want {
			t.Errorf("%s: %d rows were rendered, want %d", name, renders, c.want)
		}
		if want := render(t, f, assigns(list{rows: c.now})); !bytes.Equal(got, want) {
			t.Errorf("%s: renewed %q, want %q", name, got, want)
		}
	}
}
