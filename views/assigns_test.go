package views_test

import (
	"bytes"
	"html/template"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

var browser browsertest.Browser

func TestMain(m *testing.M) { goleak.VerifyTestMain(browser.Main(m)) }

// value is an assign as live gives it to fragments.
type value struct {
	is     any
	status string // empty: ready
}

func (v value) Value() any { return v.is }

func (v value) Status() string {
	if v.status == "" {
		return "ready"
	}
	return v.status
}

// list is an assign with keyed rows.
type list struct {
	value
	rows    []ticket
	pending int
	memo    map[string][]byte // by row key, shared between lists; nil: nothing is remembered
}

type ticket struct {
	Key, Title string
	Gone       bool
}

func (l list) Len() int     { return len(l.rows) }
func (l list) Pending() int { return l.pending }

func (l list) Row(i int) (string, any, bool) {
	if l.rows[i].Gone {
		return l.rows[i].Key, nil, true
	}
	return l.rows[i].Key, l.rows[i], false
}

func (l list) Once(i int, _ any, render func() ([]byte, error)) ([]byte, error) {
	key := l.rows[i].Key
	if made, ok := l.memo[key]; ok {
		return made, nil
	}
	made, err := render()
	if err == nil && l.memo != nil {
		l.memo[key] = made
	}
	return made, err
}

func assigns(a any) map[string]any { return map[string]any{"tickets": a} }

func templates(t testing.TB, text string) *template.Template {
	t.Helper()
	tmpl, err := template.New("test").Funcs(template.FuncMap{"rowID": views.RowID}).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func render(t testing.TB, f views.Fragment, assigns map[string]any) []byte {
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
