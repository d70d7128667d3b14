package fragment_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
)

// city is a row of the example.
type city struct {
	Name   string `json:"name"`
	People int    `json:"people"`
}

// chart is a fragment that renders the rows of a list as JSON, for a script of the page that draws them.
type chart struct{ id, assign string }

func (c chart) ID() string { return c.id }

func (c chart) Render(_ context.Context, assigns fragment.Assigns) ([]byte, error) {
	a := assigns[c.assign]
	shown := struct {
		Status fragment.Status `json:"status"`
		Rows   []any           `json:"rows"`
	}{Status: a.Status, Rows: []any{}}
	for _, row := range a.Rows {
		if !row.Gone {
			shown.Rows = append(shown.Rows, row.Value)
		}
	}
	return json.Marshal(shown) // as HTML text: <, > and & are escaped
}

func (c chart) Inline(rendered []byte) []byte { return c.element("", rendered) }

// Patch replaces the element: what it showed before does not matter.
func (c chart) Patch(old, rendered []byte) []byte {
	if bytes.Equal(old, rendered) {
		return nil
	}
	return c.element(` hx-swap-oob="true"`, rendered)
}

func (c chart) element(attrs string, rendered []byte) []byte {
	return fmt.Appendf(nil, `<output id="%s"%s hidden>%s</output>`, c.id, attrs, rendered)
}

// A fragment of one's own: it shows what is kept as JSON. It is given to a query like those that package views makes.
func Example() {
	f := chart{id: "cities", assign: "cities"}
	_ = live.ListQuery[city, string]{
		Fetch:     func(context.Context) ([]city, error) { return nil, nil },
		Key:       func(c city) string { return c.Name },
		Fragments: []fragment.Fragment{f},
	}

	// What live does with it: a page is loaded while the query runs, and then the rows are there.
	ctx := context.Background()
	loading, _ := f.Render(ctx, fragment.Assigns{"cities": {Status: fragment.Loading, IsList: true}})
	fmt.Printf("page:  %s\n", f.Inline(loading))
	ready, _ := f.Render(ctx, fragment.Assigns{"cities": {
		Status: fragment.Ready,
		Value:  []city{{"Oslo", 717_710}},
		IsList: true,
		Rows:   []fragment.Row{{Key: "Oslo", Value: city{"Oslo", 717_710}}, {Key: "Atlantis", Gone: true}},
	}})
	fmt.Printf("patch: %s\n", f.Patch(loading, ready))
	fmt.Printf("again: %q\n", f.Patch(ready, ready))
	// Output:
	// page:  <output id="cities" hidden>{"status":"loading","rows":[]}</output>
	// patch: <output id="cities" hx-swap-oob="true" hidden>{"status":"ready","rows":[{"name":"Oslo","people":717710}]}</output>
	// again: ""
}

// total is the value of the query "orders", in an element of its own.
type total struct{}

func (total) ID() string { return "total" }

func (total) Render(_ context.Context, assigns fragment.Assigns) ([]byte, error) {
	a := assigns["orders"]
	if a.Status != fragment.Ready {
		return []byte(a.Status), nil
	}
	return fmt.Append(nil, a.Value), nil // the int of a live.Query[int]: nothing to escape
}

func (t total) Inline(rendered []byte) []byte { return t.element("", rendered) }

func (t total) Patch(old, rendered []byte) []byte {
	if bytes.Equal(old, rendered) {
		return nil
	}
	return t.element(` hx-swap-oob="true"`, rendered)
}

func (t total) element(attrs string, rendered []byte) []byte {
	return fmt.Appendf(nil, `<output id="%s"%s>%s</output>`, t.ID(), attrs, rendered)
}

// The fragment of the package's documentation.
func ExampleFragment() {
	var f fragment.Fragment = total{}
	ctx := context.Background()
	loading, _ := f.Render(ctx, fragment.Assigns{"orders": {Status: fragment.Loading}})
	ready, _ := f.Render(ctx, fragment.Assigns{"orders": {Status: fragment.Ready, Value: 12}})
	fmt.Printf("page:  %s\n", f.Inline(loading))
	fmt.Printf("patch: %s\n", f.Patch(loading, ready))
	fmt.Printf("again: %q\n", f.Patch(ready, ready))
	// Output:
	// page:  <output id="total">loading</output>
	// patch: <output id="total" hx-swap-oob="true">12</output>
	// again: ""
}

// A fragment of rows that live asks for one row at a time: a row is rendered again when it has changed, and not before.
type lines struct{ id string }

func (l lines) ID() string { return l.id }

func (l lines) Render(ctx context.Context, assigns fragment.Assigns) ([]byte, error) {
	var rows [][]byte
	for _, a := range assigns { // the only one
		for _, row := range a.Rows {
			b, err := l.RenderRow(ctx, row)
			if err != nil {
				return nil, err
			}
			rows = append(rows, b)
		}
	}
	return l.RenderRows(ctx, assigns, rows)
}

func (l lines) RenderRow(_ context.Context, row fragment.Row) ([]byte, error) {
	if row.Gone {
		return nil, nil // leaves the list
	}
	return json.Marshal(row.Value)
}

func (l lines) RenderRows(_ context.Context, _ fragment.Assigns, rows [][]byte) ([]byte, error) {
	return bytes.Join(rows, []byte("\n")), nil
}

func (l lines) Inline(rendered []byte) []byte {
	return fmt.Appendf(nil, `<pre id="%s">%s</pre>`, l.id, rendered)
}

func (l lines) Patch(_, rendered []byte) []byte {
	return fmt.Appendf(nil, `<pre id="%s" hx-swap-oob="true">%s</pre>`, l.id, rendered)
}

func ExampleRowRenderer() {
	var f fragment.RowRenderer = lines{id: "cities"}
	one, _ := f.RenderRow(context.Background(), fragment.Row{Key: "Oslo", Value: city{"Oslo", 717_710}})
	two, _ := f.RenderRow(context.Background(), fragment.Row{Key: "Bergen", Value: city{"Bergen", 291_940}})
	all, _ := f.RenderRows(context.Background(), nil, [][]byte{one, two})
	fmt.Printf("%s\n", all)
	// Output:
	// {"name":"Oslo","people":717710}
	// {"name":"Bergen","people":291940}
}
