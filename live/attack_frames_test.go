package live_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// Who can write to the engine can make pages refetch. Nothing of what they write is shown, stops what is open, or reaches a statement:
// keys that are fetched are those that a page shows.
func TestNothingOfAFrameIsShown(t *testing.T) {
	const evil = `<script>alert("x")</script>`
	quoted, _ := json.Marshal(evil) // of a string
	e := string(quoted)
	frames := []string{
		"", evil, "\x00", "{", "null", "[]", `{"v":1}`, `{"v":1,"from":` + e + `}`, `{"v":1,"topics":[` + e + `]}`, `{"v":99,"topics":[` + e + `]}`,
		`{"v":1,"from":` + e + `,"topics":["rows","n"]}`, `{"v":1,"topics":[""]}`, `{"v":1,"topics":["htmxlive.resync"]}`,
		`{"v":1,"topics":["htmxlive.kick.s.","htmxlive.kick.u.` + strings.Repeat("A", 20) + `"]}`, `{"v":1,"binary":["//79"]}`,
		`{"v":1,"topics":["rows"],"changes":[{"t":"rows","n":"rows","k":` + e + `,"o":{"id":` + e + `},"w":{"id":` + e + `,` + e + `:[{}]}}]}`,
		`{"v":1,"topics":["rows"],"changes":[{"t":"rows","n":"rows","k":"1","o":{"text":` + e + `},"w":{"text":` + e + `}}]}`,
		`{"v":1,"topics":["rows"],"changes":[{"t":"rows","n":"rows","k":"1 OR 1=1","o":{},"w":{}}]}`,
		`{"v":1,"seq":18446744073709551615,"n":-1,"from":"x"}`, `{"v":1,"topics":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`,
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 3000 { // and all of them damaged
		b := []byte(frames[rnd.IntN(len(frames))])
		for range 1 + rnd.IntN(4) {
			if len(b) > 0 {
				b[rnd.IntN(len(b))] = byte(rnd.IntN(256))
			}
		}
		frames = append(frames, string(b))
	}
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		k, s, tb := node(t, live.Config{Broker: bus.Node()}), newSource(1), newTable(1, 2)
		number := open(t, k, s.number())
		var asked []int
		list := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			_, err := live.KeepList(s, "rows", live.ListQuery[row, int]{
				Fetch: tb.all,
				FetchKeys: func(ctx context.Context, keys []int) ([]row, error) {
					asked = append(asked, keys...)
					return tb.all(ctx)
				},
				Key: func(r row) int { return r.ID }, RowsOf: "rows", Subscribe: []string{"rows"},
				Fragments: []fragment.Fragment{livetest.Text("rows", "rows")},
			})
			return err
		})
		synctest.Wait()
		shown, before := list.Text("rows"), len(list.Updates())+len(number.Updates())
		enemy := bus.Node()
		for _, frame := range frames {
			if err := enemy.Publish(t.Context(), []byte(frame)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		for name, p := range map[string]*livetest.SocketPage{"number": number, "list": list} {
			if end := p.Ended(); end != nil {
				t.Errorf("the %s has ended: %+v", name, end)
			}
		}
		if n := len(list.Updates()) + len(number.Updates()) - before; n != 0 {
			t.Errorf("the pages were sent %d updates: %+v %+v", n, list.Updates(), number.Updates())
		}
		for _, key := range asked {
			if key != 1 && key != 2 {
				t.Errorf("the key %d was fetched, which no page shows", key)
			}
		}
		if got := list.Text("rows"); got != shown {
			t.Errorf("the list shows %q instead of %q", got, shown)
		}
		s.set(2)
		publish(t, k, "n")
		shows(t, number, "n", "2")
	})
}
