package live_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/sqlrandom"
	"github.com/htmxlive/htmxlive/live/livetest"
)

var discard = slog.New(slog.DiscardHandler)

// Random lists and pages stand twice over one database: those of one site name the table of their rows and say which rows
// they read, so that most of their refetches are of single rows or none; those of the other fetch everything. Whatever
// happens, twins look alike when all is quiet.
func TestConvergePartialRefetch(t *testing.T) {
	seed := sqlrandom.Seed(t)
	soak, _ := time.ParseDuration(os.Getenv("HTMXLIVE_SOAK"))
	fetches, byKeys := map[fetchKind]int{}, map[fetchKind]int{}
	for began, number := time.Now(), uint64(0); (number < 18 || time.Since(began) < soak) && !t.Failed(); number++ {
		synctest.Test(t, func(t *testing.T) {
			w := newTwins(t, seed, number)
			w.run()
			w.data.count(fetches, byKeys)
		})
	}
	with, without := fetchKind{true, true}, fetchKind{false, true}
	t.Logf("lists that keep their rows: %d fetches with %d rows by their keys if they name their table, %d with %d if not",
		fetches[with], byKeys[with], fetches[without], byKeys[without])
	if byKeys[with] > byKeys[without]*3/4 || fetches[with] > fetches[without]*19/20 {
		t.Error("too few partial refetches: the test sees little")
	}
}

// twins are what a story happens to.
type twins struct {
	*testing.T
	*rand.Rand
	name  string
	wild  bool // there are windows and failures, and nothing is waited for
	rough bool // pages are loaded meanwhile as well, so that twins may keep other rows
	data  *entries
	buses [2]livetest.Bus
	sites [2][2]*itemSite // by kind, the first of which names tables, and by node
	links [2][2]*livetest.BusNode
	all   []*twin
	story []string
}

const (
	twinQueries = 4
	twinViewers = 2 // of each query
	twinSteps   = 60
)

func newTwins(t *testing.T, seed, number uint64) *twins {
	t.Helper()
	draw := rand.New(rand.NewPCG(seed, number))
	w := &twins{T: t, Rand: draw, name: fmt.Sprintf("HTMXLIVE_SEED=%d world %d", seed, number), wild: number%3 > 0, rough: number%3 == 2, data: newItems(draw)}
	queries := make([]itemQuery, twinQueries)
	for i := range queries {
		queries[i] = drawItemQuery(draw, w.wild)
	}
	for kind := range w.sites {
		for at := range w.sites[kind] {
			w.links[kind][at] = w.buses[kind].Node()
			k := node(t, live.Config{Broker: w.links[kind][at], IdleTimeout: 200 * ms})
			w.sites[kind][at] = newItemSite(k, w.data, queries, kind == 0)
		}
	}
	for i, q := range queries {
		for viewer := range twinViewers {
			w.all = append(w.all, w.open(q, i, viewer))
		}
	}
	return w
}

func (w *twins) open(q itemQuery, number, viewer int) *twin {
	tw := &twin{itemQuery: q, name: fmt.Sprintf("query %d of viewer %d: %+v", number, viewer, q)}
	tw.at.Store(int32(viewer % 2))
	for kind := range tw.pages {
		b := livetest.NewBrowser(w.T, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.sites[kind][tw.at.Load()].ServeHTTP(rw, r)
		}))
		tw.pages[kind] = b.Open(fmt.Sprint("/", number))
	}
	w.loaded(tw)
	return tw
}

// loaded is called when the pages have been loaded. Where nothing is waited for, a list without rows keeps whichever come
// first, and so does one that was loaded while data changed.
func (w *twins) loaded(tw *twin) {
	tw.unlike = w.rough || w.wild && tw.results != live.ResultsLose && tw.pages[1].Text("items") == "none"
}

// run lets things happen, and looks when all is quiet.
func (w *twins) run() {
	for range twinSteps {
		w.happen()
		if w.wild && w.IntN(4) > 0 {
			continue
		}
		if w.settle(); w.Failed() {
			return
		}
	}
}

func (w *twins) tell(story string, args ...any) {
	w.story = append(w.story, fmt.Sprintf(story, args...))
}

func (w *twins) happen() {
	tw := w.all[w.IntN(len(w.all))]
	switch n := w.IntN(20); {
	case n < 12:
		w.publish(w.data.write(w.Rand))
	case n == 12:
		w.tell("%s drops", tw.name)
		tw.away = true
		tw.each(func(p *livetest.Page) {
			if p.Connected() {
				p.Drop()
			}
		})
	case n == 13:
		tw.at.Store(1 - tw.at.Load())
		w.tell("%s comes back at %d", tw.name, tw.at.Load())
		w.data.fail(nil, 0)
		tw.comeBack()
	case n == 14 && w.wild:
		w.tell("pauses %s", tw.name)
		tw.away = true
		tw.each((*livetest.Page).Pause)
	case n == 15 && w.wild:
		w.tell("fails")
		w.data.fail(errAway, 0)
	case n == 16 && w.wild:
		time.Sleep(time.Duration(w.IntN(100)) * ms)
	case n == 17:
		w.turn(tw)
	case n == 18 && w.rough:
		w.tell("is slow")
		w.data.fail(nil, 50*ms)
	case n == 18 && !w.wild:
		w.tell("is emptied")
		w.publish(w.data.clear(), nil)
	case n == 19:
		if w.rough {
			w.data.fail(nil, time.Duration(w.IntN(2))*20*ms)
			time.Sleep(600 * ms) // loads of what has just failed fail
			w.publish(w.data.write(w.Rand))
		} else {
			w.settle()
		}
		w.tell("%s reloads", tw.name)
		tw.each((*livetest.Page).Reload)
		w.loaded(tw)
	}
}

// turn goes to another page, if there is a link.
func (w *twins) turn(tw *twin) {
	if !tw.isPaged() {
		return
	}
	if w.settle(); w.Failed() {
		return
	}
	to := []string{"next", "prev"}[w.IntN(2)]
	if !strings.Contains(tw.pages[0].HTML("pages"), `rel="`+to+`"`) {
		return
	}
	w.tell("%s goes to %s", tw.name, to)
	tw.each(func(p *livetest.Page) { p.Click("#pages a[rel=" + to + "]") })
	w.loaded(tw)
}

func (tw *twin) each(f func(*livetest.Page)) {
	for _, p := range tw.pages {
		f(p)
	}
}

func (tw *twin) comeBack() {
	tw.away = false
	tw.each((*livetest.Page).Resume)
}

// publish tells both sites the same, at one of their nodes, now and then in several calls.
func (w *twins) publish(changes []live.Change, topics []string) {
	at, whole := w.IntN(2), w.IntN(3) > 0
	w.tell("publishes %+v %q", changes, topics)
	for kind := range w.sites {
		k := w.sites[kind][at].keeper
		if whole || len(topics) > 0 {
			w.must(k.PublishChanges(w.Context(), changes, topics...))
			continue
		}
		for _, c := range changes {
			w.must(k.PublishChanges(w.Context(), []live.Change{c}))
		}
	}
}

func (w *twins) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}
