package live_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestTheHookDecidesWhatANotificationTouches(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, a, b := node(t, live.Config{}), newSource(0), newSource(0)
		var heard []string
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			socket.OnNotification(func(_ context.Context, topic string, assigns []string) []string {
				heard = append(heard, fmt.Sprint(topic, assigns))
				if topic == "ignored" {
					return nil
				}
				return []string{"b", "nobody"}
			})
			for name, s := range map[string]*source{"a": a, "b": b} {
				if _, err := live.Keep(socket, name, live.Query[int]{Fetch: s.fetch, Subscribe: []string{"x", "ignored"}}); err != nil {
					return err
				}
			}
			return nil
		})
		synctest.Wait()
		publish(t, k, "x")
		fetchedAt(t, a, 2)
		fetchedAt(t, b, 2, 0)
		publish(t, k, "ignored")
		fetchedAt(t, b, 3)
		p.Pause()
		for range 1000 {
			publish(t, k, "x")
		}
		synctest.Wait()
		p.Resume()
		fetchedAt(t, b, 3, 0)
		if got := fmt.Sprint(heard); got != "[x[a b] ignored[a b] x[a b]]" {
			t.Errorf("the hook heard %s", got)
		}
		k.Resync() // a gap is nobody's to decide
		fetchedAt(t, a, 2, 0)
		fetchedAt(t, b, 4, 0)
	})
}

// A hook hears the topics of shared queries, and those that only it follows.
func TestAHookHearsWhatIsSharedAndWhatItFollowsAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.SubscribeTo = func(n int) []string { return []string{fmt.Sprint("n ", n)} }
			return q
		})
		var heard box[[]string]
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			socket.OnNotification(func(_ context.Context, topic string, names []string) []string {
				heard.set(append(heard.get(), fmt.Sprint(topic, names)))
				return names
			}, "alone")
			return keeping(shared.With("all", 1))(socket)
		})
		synctest.Wait()
		s.set(1)
		publish(t, k, "n", "n 0", "alone", "nobody's")
		shows(t, p, "n", "1") // whatever the hook says
		publish(t, k, "n 0", "n 1")
		synctest.Wait()
		got, want := heard.get(), []string{"alone[]", "n 0[]", "n 1[]", "n[]"}
		if slices.Sort(got); !slices.Equal(got, want) { // whether what is published together is heard together is nobody's promise
			t.Errorf("heard %q, want %q", got, want)
		}
		p.Close()
		if got := live.Followed(k); slices.Contains(got, "alone") {
			t.Errorf("a page that has ended follows %q", got)
		}
	})
}
