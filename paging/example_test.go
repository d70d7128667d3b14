package paging_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/htmxlive/htmxlive/paging"
)

// Issue is a row of the examples.
type Issue struct {
	ID       int64  `db:"id"`
	Title    string `db:"title"`
	Priority *int64 `db:"priority" nulls:"last"` // NULL when nobody has looked at it
}

// issueList is what requests may ask of the list. MustNew stops the program at its start if there is a mistake in it.
var issueList = paging.MustNew[Issue](paging.Config{
	Name:    "issues",
	Dialect: paging.SQLite,
	Sorts: []paging.Sort{
		{Name: "id", Keys: paging.Keys("id")},
		{Name: "priority", Keys: paging.Keys("priority", "id")},
	},
	Filters: []string{"q"},
	Limit:   2,
	Codec:   paging.NewCodec([]byte("keep me secret, and the same everywhere")),
})

// ListIssues is one page from the database.
func ListIssues(ctx context.Context, db *sql.DB, o paging.Options) (paging.Page[Issue], error) {
	stmt, args := issueList.SQL(o, paging.Query{
		From:  "issues",
		Where: "title LIKE ?",
		Args:  []any{"%" + o.Filter("q") + "%"},
		Key:   "id",
	})
	rows, err := db.QueryContext(ctx, stmt, args...)
	if err != nil {
		return paging.Page[Issue]{}, err
	}
	return issueList.Scan(o, rows)
}

// issueConfig is the same without a List: keys say themselves where NULLs go, and issueColumn gives the columns.
var issueConfig = paging.MustConfig(paging.Config{
	Name:    "issues",
	Dialect: paging.SQLite,
	Sorts: []paging.Sort{
		{Name: "id", Keys: []paging.Key{{Column: "id"}}},
		{Name: "priority", Keys: []paging.Key{{Column: "priority", Nulls: paging.NullsLast}, {Column: "id"}}},
	},
	Filters: []string{"q"},
	Limit:   2,
	Codec:   paging.RandomCodec(),
})

func issueColumn(i Issue, column string) any {
	if column == "priority" {
		return i.Priority
	}
	return i.ID
}

func Example() {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		panic(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // one memory
	_, err = db.Exec(`CREATE TABLE issues (id INTEGER PRIMARY KEY, title TEXT NOT NULL, priority INTEGER);
		CREATE INDEX by_priority ON issues (priority, id);
		INSERT INTO issues VALUES (1, 'No paper', 2), (2, 'No light', NULL), (3, 'No coffee', 1), (4, 'Too hot', 1), (5, 'No idea', NULL)`)
	if err != nil {
		panic(err)
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		o, err := issueList.Parse(paging.ParseQuery(r.URL.RawQuery), "")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		page, err := ListIssues(r.Context(), db, o.At(r.URL.EscapedPath()))
		if err != nil {
			http.Error(w, "Internal error", http.StatusInternalServerError)
			return
		}
		for _, i := range page.Items {
			fmt.Fprintln(w, i.Title)
		}
		if next := page.Links().Next; next != nil {
			w.Header().Set("Next", next.URL)
		}
	}
	for next := "/issues?q=No&sort=priority&tab=all"; next != ""; {
		w := httptest.NewRecorder()
		handler(w, httptest.NewRequest(http.MethodGet, next, nil))
		fmt.Print(w.Body)
		next = w.Header().Get("Next")
		path, _, more := strings.Cut(next, "after=")
		fmt.Println("--", path, more, strings.Contains(next, "&q=No&sort=priority&tab=all"))
	}
	// Output:
	// No coffee
	// No paper
	// -- /issues? true true
	// No light
	// No idea
	// --  false false
}

func ExampleConfig_Parse() {
	for _, query := range []string{"limit=1000000", "limit=-5", "sort=salary", "after=AAAA", "offset=10"} {
		q := paging.ParseQuery(query)
		o, err := issueConfig.Parse(q, "team:3")
		if e, ok := errors.AsType[*paging.Error](err); ok {
			fmt.Println(e.StatusCode(), e, errors.Is(e, paging.ErrForged))
			continue
		}
		fmt.Println("limit", o.Limit())
	}
	// Output:
	// limit 100
	// 400 paging: parameter "limit" must be a positive whole number false
	// 400 paging: parameter "sort" names an order that this list does not have false
	// 400 paging: parameter "after" is not a cursor of this list true
	// 400 paging: parameter "offset" is not allowed here: this list has no page numbers false
}

// Two lists on one page have their parameters under a prefix, and keep each other's.
func ExampleConfig_prefix() {
	issues, people := issueConfig, issueConfig
	issues.Prefix, people.Prefix = "issues.", "people."
	q := paging.ParseQuery("issues.limit=5&people.sort=-id&people.limit=3")
	o, _ := issues.Parse(q, "")
	p, _ := people.Parse(q, "")
	fmt.Println(o.Limit(), p.Limit(), p.Order())
	o, _ = o.WithSort("-priority")
	fmt.Println(o.URL())
	// Output:
	// 5 3 -id
	// ?issues.limit=5&issues.sort=-priority&people.limit=3&people.sort=-id
}

// Small data, and tests of handlers, need no database.
func ExampleSlice() {
	issues := []Issue{{ID: 3, Title: "No coffee"}, {ID: 1, Title: "No paper"}, {ID: 2, Title: "No light"}}
	o, _ := issueConfig.Parse(url.Values{"sort": {"-id"}}, "")
	page, err := paging.Slice(o, issues, issueColumn, func(i Issue) any { return i.ID })
	fmt.Println(page.Items[0].Title, len(page.Items), page.HasNext(), err)
	// Output: No coffee 2 true <nil>
}

// Pages by offset have numbers. What the rows are does not matter to the links.
func ExamplePage_Links() {
	list := issueConfig
	list.Mode, list.Count = paging.Offset, paging.CountAlways
	o, _ := list.Parse(url.Values{"offset": {"8"}, "tab": {"all"}}, "")
	page, _ := paging.NewPage(o.At("/issues"), make([]Issue, 3), nil, paging.Exact(39))

	links := page.Links()
	fmt.Println("page", links.Number, "of", links.LastNumber, "with", links.Total, "issues in all")
	fmt.Println(links.Prev.URL, links.Last.URL)
	for _, n := range links.Numbers {
		switch {
		case n.Gap:
			fmt.Print("… ")
		case n.Current:
			fmt.Print("[", n.Number, "] ")
		default:
			fmt.Print(n.Number, " ")
		}
	}
	// Output:
	// page 5 of 20 with 39 issues in all
	// /issues?offset=6&tab=all /issues?offset=38&tab=all
	// 1 … 4 [5] 6 … 20
}

// Code moves a page like a link does.
func ExamplePage_Target() {
	list := issueConfig
	list.Mode = paging.Either
	o, _ := list.Parse(nil, "")
	page, _ := paging.NewPage(o, []Issue{{ID: 1}, {ID: 2}, {ID: 3}}, issueColumn, paging.Unknown())
	for _, name := range []string{"first", "prev", "last", "3"} {
		target, _ := paging.ParseTarget(name)
		to, ok := page.Target(target)
		fmt.Println(name, ok, to.URL())
	}
	// Output:
	// first true ?
	// prev false ?
	// last true ?before=end
	// 3 true ?offset=4
}

// A frame is what With keeps, for a reader who comes back to another process.
func ExamplePage_Frame() {
	o, _ := issueConfig.Parse(nil, "team:3")
	page, _ := paging.NewPage(o, []Issue{{ID: 1}, {ID: 2}, {ID: 3}}, issueColumn, paging.Exact(7))
	frame := page.Frame()

	again, err := paging.Thaw(o, []Issue{{ID: 2, Title: "fetched by its key"}}, frame)
	fmt.Println(len(again.Items), again.Total(), again.Links().Next.URL == page.Links().Next.URL, err)
	_, err = paging.Thaw[Issue](o, nil, "made up")
	fmt.Println(errors.Is(err, paging.ErrForged))
	// Output:
	// 1 7 true <nil>
	// true
}

// To rotate keys, put the new one first. Drop the old one when its links may fail.
func ExampleNewCodec() {
	old, fresh := []byte("an old key of some length"), []byte("a fresh key of some length")
	list := issueConfig
	list.Codec = paging.NewCodec(old)
	o, _ := list.Parse(nil, "")
	page, _ := paging.NewPage(o, []Issue{{ID: 1}, {ID: 2}, {ID: 3}}, issueColumn, paging.Unknown())
	link, _ := url.Parse(page.Links().Next.URL)

	list.Codec = paging.NewCodec(fresh, old)
	_, err := list.Parse(link.Query(), "")
	fmt.Println(err)
	list.Codec = paging.NewCodec(fresh)
	_, err = list.Parse(link.Query(), "")
	fmt.Println(err)
	// Output:
	// <nil>
	// paging: parameter "after" is not a cursor of this list
}
