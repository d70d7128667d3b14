package live_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// TestConvergence makes a world of two nodes and many pages, lets random things happen to it, and then
// nothing: every page must show what loading it afresh shows or, where it keeps rows, their truth.
func TestConvergence(t *testing.T) {
	story := rapid.SliceOfN(rapid.Custom(drawStep), 24, 240)
	once := func(rt *rapid.T) {
		steps := story.Draw(rt, "steps")
		var wrong []string
		synctest.Test(t, func(t *testing.T) { wrong = newWorld(t).live(steps) })
		for _, w := range wrong {
			rt.Error(w)
		}
	}
	rapid.Check(t, once)
	soak, err := time.ParseDuration(os.Getenv("HTMXLIVE_SOAK"))
	if err != nil {
		return
	}
	for began := time.Now(); time.Since(began) < soak && !t.Failed(); {
		rapid.Check(t, once)
	}
}

// step is something that happens; which of the numbers mean something depends on what.
type step struct {
	What       string
	Page, Node int
	Row, Value int
	Target     int
	For        time.Duration
}

func drawStep(t *rapid.T) step {
	return step{
		What: rapid.SampledFrom([]string{
			"put", "put", "put", "remove", "remove", "sleep", "turn", "turn", "reconnect", "pause", "resume",
			"fail", "heal", "engine down", "engine up", "gap", "engine up", "refetch", "leave", "slow", "slow", "sleep", "sleep", "put", "put",
		}).Draw(t, "what"),
		Page: rapid.IntRange(0, 26).Draw(t, "page"), Node: rapid.IntRange(0, 1).Draw(t, "node"),
		Row: rapid.IntRange(1, 8).Draw(t, "row"), Value: rapid.IntRange(0, 3).Draw(t, "value"),
		Target: rapid.IntRange(0, 3).Draw(t, "target"),
		For:    time.Duration(rapid.SampledFrom([]int{0, 1, 7, 20, 50, 400}).Draw(t, "ms")) * ms,
	}
}

// world is what the story happens to: two nodes of one engine, a table, and pages of every kind.
type world struct {
	t     *testing.T
	bus   livetest.Bus
	nodes []*live.Keeper
	links []*engine
	lists []*live.Shared[live.Results, live.ListQuery[row, int]]
	paged []*live.Shared[live.Results, live.PageQuery[row, int]]
	reads []*live.Shared[live.Results, live.PageQuery[row, int]]
	tb    *table
	pages []*watched
	gaps  [2]bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, live.Config{})
}

// newWorldOf is a world whose nodes have these settings besides their own.
func newWorldOf(t *testing.T, cfg live.Config) *world {
	t.Helper()
	w := &world{t: t, tb: newTable(1, 2, 3, 4, 5)}
	for range 2 {
		e := &engine{Broker: w.bus.Node()}
		cfg.Broker, cfg.MaxFetches, cfg.IdleTimeout = e, 2, 200*ms
		k := node(t, cfg)
		w.links, w.nodes = append(w.links, e), append(w.nodes, k)
		w.lists = append(w.lists, live.Share(k, "list", func(r live.Results) live.ListQuery[row, int] { return w.list(r, "list") }))
		w.paged = append(w.paged, live.Share(k, "page", func(r live.Results) live.PageQuery[row, int] { return w.page(r, "page") }))
		w.reads = append(w.reads, live.Share(k, "reads", func(r live.Results) live.PageQuery[row, int] { return w.readPage(r, "reads") }))
	}
	for _, results := range []live.Results{live.ResultsKeep, live.ResultsLose, live.ResultsHold} {
		w.open(results, "a list", func(int) any { return w.list(results, "rows") })
		w.open(results, "pages", func(int) any { return w.page(results, "rows") })
		w.open(results, "a list that reads", func(int) any { return w.readList(results, "rows") })
		for i := range 2 {
			w.open(results, fmt.Sprint("a shared list ", i), func(at int) any { return w.lists[at].With("all", results) })
			w.open(results, fmt.Sprint("shared pages ", i), func(at int) any { return w.paged[at].With("all", results) })
			w.open(results, fmt.Sprint("shared pages that read ", i), func(at int) any { return w.reads[at].With("all", results) })
		}
	}
	return w
}

func (w *world) list(results live.Results, name string) live.ListQuery[row, int] {
	q := w.tb.list()
	q.Results, q.RefetchWindow, q.Fragments = results, 30*ms, []fragment.Fragment{livetest.Text("rows", name)}
	if results == live.ResultsLose { // follows what it finds
		q.Subscribe, q.SubscribeTo = []string{"added"}, topicsOf
	}
	return q
}

func (w *world) page(results live.Results, name string) live.PageQuery[row, int] {
	q := w.tb.pages(keyset())
	q.Results, q.RefetchWindow = results, 30*ms
	q.Fragments = []fragment.Fragment{livetest.Text("rows", name), links("links", name)}
	return q
}

func topicsOf(rows []row) []string {
	topics := make([]string, len(rows))
	for i, r := range rows {
		topics[i] = r.topic()
	}
	return topics
}

func (w *world) open(results live.Results, name string, query func(at int) any) {
	w.t.Helper()
	p := &watched{name: fmt.Sprintf("%s (results %d)", name, results), at: len(w.pages) % 2, results: results}
	p.SocketPage = livetest.OpenSocket(w.t, w.nodes[p.at], alice, func(s *live.Socket) error {
		if err := keepRows(s, query(p.at)); err != nil {
			return err
		}
		return s.Compose(livetest.Fragment("status", func(_ context.Context, assigns fragment.Assigns) (string, error) {
			return string(assigns["rows"].Status), nil
		}), "rows")
	})
	w.pages = append(w.pages, p)
}

// live lets the steps happen. Now and then it restores order, and says what is wrong when it is quiet.
func (w *world) live(steps []step) (wrong []string) {
	synctest.Wait()
	for some := range slices.Chunk(steps, 12) {
		for _, s := range some {
			w.happen(s)
		}
		if wrong = w.settle(); len(wrong) > 0 {
			break
		}
	}
	return wrong
}

func (w *world) settle() (wrong []string) {
	w.tb.fail(nil)
	for i := range w.links {
		w.happen(step{What: "engine up", Node: i})
	}
	for _, p := range w.pages {
		p.Resume()
	}
	time.Sleep(2 * time.Minute) // of backoff
	synctest.Wait()
	for i, p := range w.pages {
		if p.Ended() != nil || p.gone() {
			w.reconnect(i, p.at)
		}
	}
	time.Sleep(2 * time.Minute)
	synctest.Wait()
	for _, p := range w.pages {
		if problem := p.problem(w.tb); problem != "" {
			wrong = append(wrong, p.name+": "+problem)
		}
	}
	return wrong
}

func (w *world) happen(s step) {
	p, link := w.pages[s.Page%len(w.pages)], w.links[s.Node]
	switch s.What {
	case "put":
		w.tb.put(row{s.Row, fmt.Sprint("v", s.Value)})
		publish(w.t, w.nodes[s.Node], "rows", row{ID: s.Row}.topic(), "added")
	case "remove":
		w.tb.remove(s.Row)
		publish(w.t, w.nodes[s.Node], "rows", row{ID: s.Row}.topic())
	case "sleep":
		time.Sleep(s.For)
	case "turn": // refused by some, which is as it should be
		_ = p.Socket().ChangePage("rows", []paging.Direction{paging.First, paging.Prev, paging.Next, paging.Last}[s.Target])
	case "refetch":
		_ = p.Socket().Refetch()
	case "reconnect":
		w.reconnect(s.Page%len(w.pages), s.Node)
	case "leave":
		p.Close()
	case "pause":
		p.Pause()
	case "resume":
		p.Resume()
	case "fail":
		w.tb.fail(errors.New("no connection"))
	case "heal":
		w.tb.fail(nil)
	case "engine down":
		link.alter(func(e *engine) {
			e.publish = func(context.Context) error { return errors.New("engine is down") }
		})
	case "gap": // what is published now is lost, and nobody notices before it ends
		link.alter(func(e *engine) { e.publish = func(context.Context) error { return errLost } })
		w.gaps[s.Node] = true
	case "engine up":
		link.alter(func(e *engine) { e.publish = nil })
		if w.gaps[s.Node] { // what was lost is made up for; what failed is owed by the node itself
			w.gaps[s.Node] = false
			w.bus.Resync()
		}
	case "slow":
		w.tb.slow(s.For)
	case "write": // and publish later
		w.tb.put(row{s.Row, fmt.Sprint("v", s.Value)})
		time.AfterFunc(s.For, func() { publish(w.t, w.nodes[s.Node], "rows", row{ID: s.Row}.topic(), "added") })
	case "change": // likewise, and tell of which row
		w.tb.put(row{s.Row, fmt.Sprint("v", s.Value)})
		change := live.Change{Topic: "rows", Table: "rows", Key: fmt.Sprint(s.Row), Old: map[string]any{}, New: map[string]any{}}
		time.AfterFunc(s.For, func() {
			_ = w.nodes[s.Node].PublishChanges(w.t.Context(), []live.Change{change}, row{ID: s.Row}.topic(), "added")
		})
	}
}

func (w *world) reconnect(i, at int) {
	p := w.pages[i]
	p.Close()
	p.at = at
	_ = p.Reconnect(w.nodes[at]) // fails while fetches do, and is repeated in the end
}
