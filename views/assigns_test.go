package views_test

import (
	"bytes"
	"html/template"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

var browser browsertest.Browser

func TestMain(m *testing.M) { goleak.VerifyTestMain(browser.Main(m)) }

// value is an assign of a value.
type value struct {
	is     any
	status fragment.Status // empty: ready
}

func (v value) assign() fragment.Assign {
	if v.status == "" {
		v.status = fragment.Ready
	}
	return fragment.Assign{Status: v.status, Value: v.is}
}

// list is an assign with keyed rows.
type list struct {
	value
	rows    []ticket
	pending int
}

type ticket struct {
	Key, Title string
	Gone       bool
	Bad        string // how its template fails: before it writes something, or after, or by what it writes
}

func (l list) assign() fragment.Assign {
	a := l.value.assign()
	a.IsList, a.Pending = true, l.pending
	for _, r := range l.rows {
		row := fragment.Row{Key: r.Key, Value: r}
		if r.Gone {
			row = fragment.Row{Key: r.Key, Gone: true}
		}
		a.Rows = append(a.Rows, row)
	}
	return a
}

func assigns(a interface{ assign() fragment.Assign }) fragment.Assigns {
	return fragment.Assigns{"tickets": a.assign()}
}

func templates(t testing.TB, text string) *template.Template {
	t.Helper()
	tmpl, err := template.New("test").Funcs(template.FuncMap{"rowID": views.RowID}).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func render(t testing.TB, f fragment.Fragment, assigns fragment.Assigns) []byte {
	t.Helper()
	b, err := f.Render(t.Context(), assigns)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Render(t.Context(), assigns)
	if err != nil || !bytes.Equal(b, again) {
		t.Fatalf("rendering the same again gave something else (%v)", err)
	}
	return b
}

// renderAny is render of rows some of which cannot be rendered.
func renderAny(t testing.TB, f fragment.Fragment, assigns fragment.Assigns) []byte {
	t.Helper()
	b, err := f.Render(fragment.WithFailures(t.Context(), &failures{}), assigns)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wantPanic(t *testing.T, containing string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got, ok := recover().(string); !ok || !bytes.Contains([]byte(got), []byte(containing)) {
			t.Errorf("panicked with %q, want a sentence with %q", got, containing)
		}
	}()
	f()
}
