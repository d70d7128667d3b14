package live_test

import (
	"context"
	"fmt"
	"html/template"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/sessions"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/middleware/nethttp"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/views"
)

var itemsPage = template.Must(template.New("page").Parse(`<!doctype html><title>Items</title>
	<main id="main"><ul id="items">{{.Live.Fragment "items"}}</ul>{{with .Data}}{{.}}{{end}}</main>{{.Live.Connect}}
	{{define "paged"}}<!doctype html><title>Items</title>
	<main id="main"><ul id="items">{{.Live.Fragment "items"}}</ul>{{.Live.Fragment "pages"}}</main>{{.Live.Connect}}{{end}}
	{{define "item"}}<li id="item-{{.ID}}">{{.ID}} {{.Title}} {{.State}} {{.Team}}{{.TeamName}}</li>{{end}}
	{{define "gone"}}<li id="item-{{.}}">gone</li>{{end}}
	{{define "none"}}<li>none</li>{{end}}`))

// itemQuery is what one page shows.
type itemQuery struct {
	itemFilter
	kind       string // "list", "top", "keyset" or "offset"
	results    live.Results
	shared     bool
	keysOpen   bool // rows that are fetched by their keys have to be open, too
	subscribes bool // to all of a table, instead of what it reads
	rowTopics  bool
	showsGone  bool
	window     time.Duration
}

func drawItemQuery(draw *rand.Rand, wild bool) itemQuery {
	q := itemQuery{
		itemFilter: itemFilter{team: draw.IntN(itemTeams+1) - 1, open: draw.IntN(2) == 0, joined: draw.IntN(3) == 0, desc: draw.IntN(2) == 0},
		kind:       []string{"list", "top", "keyset", "offset"}[draw.IntN(4)],
		results:    []live.Results{live.ResultsKeep, live.ResultsKeep, live.ResultsKeep, live.ResultsLose, live.ResultsHold}[draw.IntN(5)],
		shared:     draw.IntN(2) == 0, keysOpen: draw.IntN(2) == 0, subscribes: draw.IntN(3) == 0, rowTopics: draw.IntN(4) == 0,
		showsGone: wild || draw.IntN(2) == 0,
	}
	if q.kind == "keyset" || q.kind == "offset" {
		q.desc = false
	}
	if wild {
		q.window = time.Duration(draw.IntN(3)) * 30 * ms
	}
	return q
}

// filter is the filter of one fetch, and its context as a careful author makes it.
func (q itemQuery) filter(ctx context.Context, partial bool, keys []int) (context.Context, itemFilter) {
	f := q.itemFilter
	f.keys = keys
	f.open = q.open && (keys == nil || q.keysOpen)
	if partial && f.team >= 0 {
		ctx = live.Where(ctx, "items", "team", f.team)
	}
	if partial && f.open {
		ctx = live.Where(ctx, "items", "state", "open")
	}
	return ctx, f
}

func (q itemQuery) fragments() []fragment.Fragment {
	rows := views.Rows{ID: "items", Prefix: "item-", Row: views.Named(itemsPage, "item"), Empty: views.Named(itemsPage, "none")}
	if q.showsGone {
		rows.RowGone = views.Named(itemsPage, "gone")
	}
	all := []fragment.Fragment{views.New(rows)}
	if q.isPaged() {
		all = append(all, views.New(views.Pager{ID: "pages"}))
	}
	return all
}

func (q itemQuery) isPaged() bool { return itemPaging[q.kind] != nil }

func (q itemQuery) topics() []string {
	if q.subscribes {
		return []string{"db/items", "db/teams"}
	}
	return nil
}

func rowTopics(rows []entry) (all []string) {
	for _, r := range rows {
		all = append(all, fmt.Sprint("row:", r.ID))
	}
	return all
}

func (q itemQuery) list(d *entries, partial bool) live.ListQuery[entry, int] {
	find := func(ctx context.Context, keys []int) ([]entry, error) {
		ctx, f := q.filter(ctx, partial, keys)
		return d.find(ctx, fetchKind{partial, q.results == live.ResultsKeep}, f)
	}
	list := live.ListQuery[entry, int]{
		Fetch: func(ctx context.Context) ([]entry, error) {
			rows, err := find(ctx, nil)
			if q.kind == "top" {
				rows = rows[:min(3, len(rows))]
			}
			return rows, err
		},
		FetchKeys: find, Key: func(r entry) int { return r.ID },
		Results: q.results, RefetchWindow: q.window, Subscribe: q.topics(), Fragments: q.fragments(),
	}
	if partial {
		list.RowsOf = "Items"
	}
	if q.rowTopics {
		list.SubscribeTo = rowTopics
	}
	return list
}

func (q itemQuery) page(d *entries, partial bool) live.PageQuery[entry, int] {
	page := live.PageQuery[entry, int]{
		Fetch: func(ctx context.Context, o paging.Options) (paging.Page[entry], error) {
			keys, byKeys := o.Keys()
			var wanted []int
			if byKeys {
				wanted = []int{}
			}
			for _, key := range keys {
				wanted = append(wanted, key.(int))
			}
			ctx, f := q.filter(ctx, partial, wanted)
			rows, err := d.find(ctx, fetchKind{partial, q.results == live.ResultsKeep}, f)
			if err != nil {
				return paging.Page[entry]{}, err
			}
			return itemPaging[q.kind].Slice(o, rows, func(r entry) any { return r.ID })
		},
		Key: func(r entry) int { return r.ID }, Paging: itemPaging[q.kind],
		Results: q.results, RefetchWindow: q.window, Subscribe: q.topics(), Fragments: q.fragments(),
	}
	if partial {
		page.RowsOf = "items"
	}
	if q.rowTopics {
		page.SubscribeTo = func(p paging.Page[entry]) []string { return rowTopics(p.Items) }
	}
	return page
}

// itemSite is an application of one node, whose lists name their table, or do not.
type itemSite struct {
	http.Handler
	keeper *live.Keeper
}

func newItemSite(k *live.Keeper, d *entries, queries []itemQuery, partial bool) *itemSite {
	mux := http.NewServeMux()
	for i, q := range queries {
		mux.Handle(fmt.Sprintf("GET /%d", i), nethttp.Handler(q.handler(k, d, fmt.Sprint("query", i), partial)))
	}
	store := sessions.NewCookieStore(make([]byte, 32))
	store.Options = &sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	cfg := nethttp.Config{Keeper: k, Store: store, Keys: [][]byte{make([]byte, 32)}, Logger: discard}
	return &itemSite{Handler: nethttp.LiveWithConfig(cfg)(mux), keeper: k}
}

type pageHandler = func(_ http.ResponseWriter, _ *http.Request, s *live.Socket) (views.Component, error)

func (q itemQuery) handler(k *live.Keeper, d *entries, name string, partial bool) pageHandler {
	list, page := q.list(d, partial), q.page(d, partial)
	if q.shared && q.isPaged() {
		page = live.Share(k, name, func(int) live.PageQuery[entry, int] { return page }).With("all", 0)
	} else if q.shared {
		list = live.Share(k, name, func(int) live.ListQuery[entry, int] { return list }).With("all", 0)
	}
	return func(_ http.ResponseWriter, _ *http.Request, s *live.Socket) (views.Component, error) {
		if q.isPaged() {
			_, err := live.KeepPage(s, "items", page)
			return views.Template(itemsPage, "paged", nil), err
		}
		_, err := live.KeepList(s, "items", list)
		return views.Template(itemsPage, "page", nil), err
	}
}

// twin is two pages of one query: of lists that name their table, and of lists that do not.
type twin struct {
	itemQuery
	name  string
	pages [2]*livetest.Page // the first names its table
	at    atomic.Int32      // the node of its requests
	away  bool              // their streams are dropped, or not read

	unlike bool // they may keep different rows
}
