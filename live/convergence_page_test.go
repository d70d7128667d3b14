package live_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// watched is a page of the world.
type watched struct {
	*livetest.SocketPage
	name    string
	at      int // the node its stream is on
	results live.Results
}

func (p *watched) gone() bool { return live.IsClosed(p.Socket()) }

// problem is how a page differs from the truth.
func (p *watched) problem(tb *table) string {
	if p.Ended() != nil || p.gone() {
		return "is not connected"
	}
	fresh, shown := p.Fresh(), p.Shown()
	if p.results == live.ResultsLose {
		if !maps.Equal(shown, fresh) {
			return fmt.Sprintf("shows %q, a fresh load %q", shown, fresh)
		}
		return ""
	}
	if shown["status"] != string(fragment.Ready) {
		return "is " + shown["status"]
	}
	keys := keysOf(shown["rows"])
	if len(keys) == 0 {
		if fresh["rows"] != "" {
			return fmt.Sprintf("is empty, a fresh load shows %q", fresh["rows"])
		}
		return ""
	}
	if want := p.truth(tb, keys, keysOf(fresh["rows"])); shown["rows"] != want {
		return fmt.Sprintf("shows %q, the truth is %q", shown["rows"], want)
	}
	return ""
}

// keysOf is the keys of rows as livetest.Text shows them.
func keysOf(text string) (keys []string) {
	for word := range strings.FieldsSeq(text) {
		if key, _, ok := strings.Cut(word, "="); ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// truth is what a page must show that keeps these rows while a load would show fresh ones.
func (p *watched) truth(tb *table, keys, fresh []string) string {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	now := map[string]string{}
	for id, r := range tb.rows {
		now[fmt.Sprint(id)] = r.Name
	}
	var words []string
	for _, key := range keys {
		value, ok := now[key]
		if !ok {
			value = string(fragment.Gone)
		}
		words = append(words, key+"="+value)
	}
	if p.results == live.ResultsHold {
		adds := slices.DeleteFunc(slices.Clone(fresh), func(key string) bool { return slices.Contains(keys, key) })
		drops := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return slices.Contains(fresh, key) })
		if n := max(len(adds), len(drops)); n > 0 {
			words = append(words, fmt.Sprintf("(+%d)", n))
		}
	}
	return strings.Join(words, " ")
}

// readList is the list, whose fetch names what it reads: before it reads that there are rows, and after it reads which,
// as from a snapshot. All that is put is published as added.
func (w *world) readList(results live.Results, name string) live.ListQuery[row, int] {
	q := w.list(results, name)
	fetch := q.Fetch
	q.Subscribe, q.SubscribeTo = nil, nil
	q.Fetch = func(ctx context.Context) ([]row, error) {
		live.Reads(ctx, "added")
		rows, err := fetch(ctx)
		live.ReadsSnapshot(ctx, topicsOf(rows)...)
		return rows, err
	}
	return q
}

// readPage is the page, whose fetch names what it reads, from the newest data or, now and then, from a snapshot.
func (w *world) readPage(results live.Results, name string) live.PageQuery[row, int] {
	q := w.page(results, name)
	fetch := q.Fetch
	var fetches atomic.Int64
	q.Subscribe = nil
	q.Fetch = func(ctx context.Context, o paging.Options) (paging.Page[row], error) {
		keys, _ := o.Keys()
		for _, key := range keys { // what they are is known before
			live.Reads(ctx, row{ID: key.(int)}.topic())
		}
		if keys == nil && fetches.Add(1)%3 != 0 {
			live.Reads(ctx, "rows")
		}
		page, err := fetch(ctx, o)
		if keys == nil {
			live.ReadsSnapshot(ctx, "rows")
		}
		return page, err
	}
	return q
}
