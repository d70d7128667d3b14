package paging_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/paging"
)

// The properties run on every database: go test ./paging -rapid.checks=N says how many examples of each, default 100.

func TestOnSQLite(t *testing.T)     { properties(t, sqliteEngine(t)) }
func TestOnPostgreSQL(t *testing.T) { properties(t, postgresEngine(t)) }
func TestOnMariaDB(t *testing.T)    { properties(t, mariadbEngine(t)) }

func properties(t *testing.T, e engine) {
	for name, property := range map[string]func(*rapid.T, engine){
		"next visits every row once":          walkNext,
		"prev from last is the reverse":       walkPrev,
		"one statement, segments and builder": statementsAgree,
		"a restricted fetch":                  restricted,
		"rows that stay appear exactly once":  walkWhileWriting,
		"pages by number":                     walkNumbers,
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { property(rt, e) })
		})
	}
}

// list is a drawn list: its rows in the database and in the order they must come in.
type list struct {
	e      engine
	cols   []column
	cfg    paging.Config
	start  paging.Options
	sorted []row
	limit  int
	zone   *time.Location
}

var testCodec = paging.NewCodec([]byte("a key for tests, 32 bytes long.."))

func drawList(t *rapid.T, e engine, mode paging.Mode) list {
	l := list{e: e, cols: columns(e.word)}
	// SQLite stores times as text, so all must be in one zone; which one must not matter.
	l.zone = rapid.SampledFrom([]*time.Location{time.UTC, time.FixedZone("CET", 3600)}).Draw(t, "zone")
	s := drawSort(t, l.cols, e)
	l.limit = rapid.IntRange(1, 5).Draw(t, "limit")
	order := rapid.SampledFrom([]string{"it", "-it"}).Draw(t, "order")
	l.cfg = paging.MustConfig(paging.Config{
		Name: "rows", Dialect: rapid.SampledFrom(e.dialects()).Draw(t, "dialect"), Mode: mode, AllowSort: true, Sorts: []paging.Sort{s}, Limit: 3, MaxLimit: 5, Count: paging.CountAllowed, Codec: testCodec,
		Prefix: rapid.SampledFrom([]string{"", "a."}).Draw(t, "prefix"), Filters: []string{"status"},
	})
	q := url.Values{"other": {"x&y", "z"}, l.cfg.Prefix + "status": {"open"}, l.cfg.Prefix + "sort": {order}}
	// Asking for too much must behave as asking for the maximum everywhere.
	asked := l.limit
	if l.limit == l.cfg.MaxLimit {
		asked = rapid.SampledFrom([]int{5, 6, 1 << 30}).Draw(t, "asked")
	}
	q.Set(l.cfg.Prefix+"limit", fmt.Sprint(asked))
	l.start = l.parse(t, q)
	l.sorted = reference(e.fill(t, drawRows(t, 14, l.zone)), s, l.cols)
	if order == "-it" {
		slices.Reverse(l.sorted)
	}
	return l
}

func (l list) parse(t failer, q url.Values) paging.Options {
	t.Helper()
	o, err := l.cfg.Parse(q, "team:1")
	if err != nil {
		t.Fatalf("parsing %v: %v", q, err)
	}
	return o
}

// follow loads where a link leads, as a browser would, and checks that the URL says all there is to say.
func (l list) follow(t failer, link *paging.Link) paging.Page[row] {
	t.Helper()
	u, err := url.Parse(link.URL)
	if err != nil {
		t.Fatalf("link %q: %v", link.URL, err)
	}
	o := l.parse(t, u.Query())
	if o.URL() != link.URL {
		t.Fatalf("the page of %s calls itself %s", link.URL, o.URL())
	}
	if got := u.Query()["other"]; !slices.Equal(got, []string{"x&y", "z"}) {
		t.Fatalf("the link %s lost a parameter", link.URL)
	}
	return l.load(t, o)
}

// load fetches from the database and from memory; both must agree in everything.
func (l list) load(t failer, o paging.Options) paging.Page[row] {
	t.Helper()
	p := l.e.page(t, o)
	model, err := paging.Slice(o, l.e.all(t), valueOf(l.cols), rowKeyAny)
	if err != nil {
		t.Fatalf("Slice: %v", err)
	}
	if !slices.Equal(ids(p.Items), ids(model.Items)) {
		t.Fatalf("%s\ndatabase %v\nmemory   %v", describe(o.Sort()), ids(p.Items), ids(model.Items))
	}
	if got, want := urls(p), urls(model); !slices.Equal(got, want) {
		t.Fatalf("links from the database %q\nlinks from memory %q", got, want)
	}
	if len(p.Items) > l.limit {
		t.Fatalf("%d rows on a page of %d", len(p.Items), l.limit)
	}
	return p
}

// urls is all that a page links to.
func urls[T any](p paging.Page[T]) []string {
	l := p.Links()
	out := []string{fmt.Sprint(l.Number, l.LastNumber, l.Total, p.HasPrev(), p.HasNext())}
	for _, link := range append([]*paging.Link{l.First, l.Prev, l.Next, l.Last}, pointers(l.Numbers)...) {
		if link == nil {
			link = &paging.Link{URL: "none"}
		}
		out = append(out, fmt.Sprint(*link))
	}
	return out
}

func pointers(links []paging.Link) []*paging.Link {
	out := make([]*paging.Link, len(links))
	for i := range links {
		out[i] = &links[i]
	}
	return out
}

// statementsAgree: property 4, at a random place of the list in either direction.
func statementsAgree(t *rapid.T, e engine) {
	l := drawList(t, e, paging.Keyset)
	p := l.load(t, l.start)
	for range rapid.IntRange(0, 4).Draw(t, "pages") {
		if p.HasNext() {
			p = l.follow(t, p.Links().Next)
		}
	}
	if p.HasPrev() && rapid.Bool().Draw(t, "back") {
		p = l.follow(t, p.Links().Prev)
	}
	o := p.Options()
	stmt, args := o.SQL(e.dialect, e.base())
	whole := ids(e.query(t, stmt, args...))
	c := o.Clauses("id")
	if got := ids(e.clauses(t, c, c.Limit)); !slices.Equal(got, whole) {
		t.Fatalf("%s\nClauses %v\nSQL     %v\n%s", describe(o.Sort()), got, whole, c.Where)
	}
	var pieces []int64
	for _, c := range o.Segments(e.dialect, "id") {
		if need := c.Limit - len(pieces); need > 0 {
			pieces = append(pieces, ids(e.clauses(t, c, need))...)
		}
	}
	if !slices.Equal(pieces, whole) {
		t.Fatalf("%s\nSegments %v\nSQL      %v", describe(o.Sort()), pieces, whole)
	}
}

// restricted: property 10.
func restricted(t *rapid.T, e engine) {
	l := drawList(t, e, rapid.SampledFrom([]paging.Mode{paging.Keyset, paging.Offset}).Draw(t, "mode"))
	shown := l.load(t, l.start)
	if shown.HasNext() && rapid.Bool().Draw(t, "second page") {
		shown = l.follow(t, shown.Links().Next)
	}
	var keys []any
	var kept, gone, changed []int64
	for _, r := range shown.Items {
		keys, kept = append(keys, r.ID), append(kept, r.ID)
		switch rapid.IntRange(0, 3).Draw(t, "fate") {
		case 0:
			e.exec(t, "DELETE FROM entries WHERE id = "+e.placeholder(1), r.ID)
			gone = append(gone, r.ID)
		case 1: // no longer for this viewer
			e.exec(t, "UPDATE entries SET team = 2 WHERE id = "+e.placeholder(1), r.ID)
			gone = append(gone, r.ID)
		case 2:
			e.exec(t, "UPDATE entries SET few = few + 10 WHERE id = "+e.placeholder(1), r.ID)
			changed = append(changed, r.ID)
		}
	}
	e.insert(t, drawRow(1000, l.zone).Draw(t, "new row"))

	again := l.load(t, shown.Options().Restrict(keys))
	pairs := make([]any, len(kept)) // the same by a key of two columns
	for i, id := range kept {
		pairs[i] = [2]int64{1, id}
	}
	q := e.base()
	q.Key = "team, id"
	stmt, args := shown.Options().Restrict(pairs).SQL(e.dialect, q)
	if got := ids(e.query(t, stmt, args...)); !slices.Equal(got, ids(again.Items)) {
		t.Fatalf("by two columns %v, by one %v", got, ids(again.Items))
	}
	now := map[int64]row{}
	for _, r := range again.Items {
		now[r.ID] = r
	}
	var lost, others []int64
	var items []row
	for i, id := range kept {
		r, ok := now[id]
		switch {
		case !ok:
			lost = append(lost, id)
			continue
		case r.Few != shown.Items[i].Few:
			others = append(others, id)
		}
		items = append(items, r)
	}
	if !slices.Equal(lost, gone) || !slices.Equal(others, changed) || len(items) != len(again.Items) {
		t.Fatalf("gone %v, want %v; changed %v, want %v; %d rows of %d", lost, gone, others, changed, len(again.Items), len(items))
	}
	follow := shown.With(items)
	if !slices.Equal(urls(follow), urls(shown)) {
		t.Fatalf("links changed from %q to %q", urls(shown), urls(follow))
	}
	thawed, err := paging.Thaw(again.Options(), again.Items, shown.Frame())
	if err != nil || !slices.Equal(urls(thawed), urls(shown)) || thawed.Options().ID() != shown.Options().ID() {
		t.Fatalf("thawed (%v) links %q, want %q", err, urls(thawed), urls(shown))
	}
	if n := len(shown.Frame()); n > 260 {
		t.Fatalf("a frame of %d characters", n)
	}
}
