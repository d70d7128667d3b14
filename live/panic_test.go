package live_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// trap panics in the place a test has set.
type trap struct{ place box[string] }

func (tr *trap) spring(place string) {
	if tr.place.get() == place {
		panic("sprung in " + place)
	}
}

// trapped is a page with traps everywhere: a list, fed into a fragment of its own and a composed one.
func (tr *trap) handler(tb *table) livetest.Handler {
	return func(s *live.Socket) error {
		_, err := live.KeepList(s, "rows", live.ListQuery[row, int]{
			Fetch: func(ctx context.Context) ([]row, error) {
				tr.spring("Fetch")
				return tb.all(ctx)
			},
			Key:       func(r row) int { tr.spring("Key"); return r.ID },
			Results:   live.ResultsLose,
			Subscribe: []string{"rows"},
			SubscribeTo: func([]row) []string {
				tr.spring("SubscribeTo")
				return nil
			},
			AfterFetch: func(context.Context, []row, func(string, any)) error {
				tr.spring("AfterFetch")
				return nil
			},
			Fragments: []fragment.Fragment{trapFragment{livetest.Text("rows", "rows"), tr}},
		})
		if err != nil {
			return err
		}
		s.OnNotification(func(_ context.Context, _ string, assigns []string) []string {
			tr.spring("hook")
			return assigns
		})
		return s.Compose(livetest.Fragment("composed", func(context.Context, fragment.Assigns) (string, error) {
			tr.spring("composed Render")
			return "composed", nil
		}), "rows")
	}
}

type trapFragment struct {
	fragment.Fragment
	trap *trap
}

func (f trapFragment) Render(ctx context.Context, assigns fragment.Assigns) ([]byte, error) {
	f.trap.spring("Render")
	return f.Fragment.Render(ctx, assigns)
}

func (f trapFragment) Patch(old, rendered []byte) []byte {
	if place := f.trap.place.get(); place == "Patch" || place == "Patch of a difference" && old != nil {
		panic("sprung in Patch")
	}
	return f.Fragment.Patch(old, rendered)
}

func TestAPanicEndsThatRefetchAndNothingElse(t *testing.T) {
	for _, place := range []string{
		"Fetch", "Key", "SubscribeTo", "AfterFetch", "Render", "Patch", "Patch of a difference", "composed Render", "hook",
	} {
		t.Run(place, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log journal
				k, tb, tr := node(t, live.Config{Logger: log.logger()}), newTable(1), &trap{}
				p := livetest.OpenSocket(t, k, alice, tr.handler(tb))
				other := open(t, k, newSource(7).number())
				synctest.Wait()
				tr.place.set(place)
				tb.put(row{1, "b"})
				publish(t, k, "rows")
				synctest.Wait()
				if log.count("sprung in") == 0 || log.count("panic_test.go") == 0 {
					t.Errorf("the panic and its stack are not in the log: %s", log.lines.String())
				}
				switch place {
				case "hook", "composed Render", "Patch of a difference": // too much is refetched, or the rest is shown
					shows(t, p, "rows", "1=b")
				default:
					shows(t, p, "rows", "1=a")
				}
				shows(t, other, "n", "7")
				if p.Ended() != nil || k.Stats().Streams != 2 {
					t.Error("the stream has ended")
				}
				tr.place.set("")
				time.Sleep(time.Second) // of backoff
				shows(t, p, "rows", "1=b")
				shows(t, p, "composed", "composed")
			})
		})
	}
}

func TestAPanicAtLoadIsAnErrorOfTheHandler(t *testing.T) {
	for _, place := range []string{"Fetch", "Key", "SubscribeTo", "AfterFetch", "Render", "composed Render"} {
		t.Run(place, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, tb, tr := node(t, live.Config{}), newTable(1), &trap{}
				tr.place.set(place)
				if err := load(t, k, tr.handler(tb)); err == nil {
					t.Error("no error")
				}
				tr.place.set("")
				if err := load(t, k, tr.handler(tb)); err != nil {
					t.Errorf("the next load: %v", err)
				}
			})
		})
	}
}

func TestAPanicInASharedQueryIsAnErrorOfEveryLoad(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		var sprung box[bool]
		sprung.set(true)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.Fetch = func(ctx context.Context) (int, error) {
				if sprung.get() {
					panic("sprung in a shared query")
				}
				return s.fetch(ctx)
			}
			return q
		})
		for range 3 {
			err := load(t, k, keeping(shared.With("all", 1)))
			if err == nil || !strings.Contains(err.Error(), "sprung") {
				t.Fatalf("load: %v", err)
			}
		}
		sprung.set(false)
		time.Sleep(time.Second)
		if err := load(t, k, keeping(shared.With("all", 1))); err != nil {
			t.Errorf("the next load: %v", err)
		}
	})
}

// A fragment that grows without bound must not be sent, nor kept.
func TestAFragmentThatIsTooLargeIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		k, s := node(t, live.Config{Logger: log.logger(), Limits: live.Limits{BytesPerFragment: 100}}), newSource(1)
		q := s.number()
		q.Fragments = []fragment.Fragment{livetest.Fragment("n", func(context.Context, fragment.Assigns) (string, error) {
			return string(bytes.Repeat([]byte("x"), s.get())), nil
		})}
		p := open(t, k, q)
		s.set(101)
		publish(t, k, "n")
		shows(t, p, "n", "x")
		if log.count("BytesPerFragment") != 1 {
			t.Error("the limit is not named in the log")
		}
		s.set(100)
		time.Sleep(time.Second)
		shows(t, p, "n", strings.Repeat("x", 100))
	})
}
