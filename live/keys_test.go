package live_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

type uuid [2]byte

func (u uuid) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%x-%x", u[0], u[1]), nil }

func (u *uuid) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "%x-%x", &u[0], &u[1])
	return err
}

type pair struct{ A, B int64 }

// keyed opens a list of rows that are keys, and comes back to it on another node.
func keyed[K comparable](t *testing.T, want string, keys ...K) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		var rows box[[]K]
		rows.set(keys)
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			_, err := live.KeepList(s, "rows", live.ListQuery[K, K]{
				Fetch: func(context.Context) ([]K, error) { return rows.get(), nil }, Key: func(row K) K { return row },
				Subscribe: []string{"rows"}, Fragments: []fragment.Fragment{livetest.Text("rows", "rows")},
			})
			return err
		})
		shows(t, p, "rows", want)
		p.Close()
		rows.set(keys[:1])
		if err := p.Reconnect(node(t, live.Config{})); err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(want, " ")
		synctest.Wait()
		if got := p.Text("rows"); !strings.HasPrefix(got, first) || !strings.HasSuffix(got, "=gone") {
			t.Errorf("after a reconnect: %q", got)
		}
	})
}

func TestKeysOfEveryKindTravel(t *testing.T) {
	keyed(t, "9223372036854775807=9223372036854775807 -1=-1", int64(1<<63-1), int64(-1))
	keyed(t, "18446744073709551615=18446744073709551615 0=0", uint64(1<<64-1), uint64(0))
	keyed(t, "ä=ä x=x", "ä", "x")
	keyed(t, "1-ff=[1 255] 2-0=[2 0]", uuid{1, 255}, uuid{2, 0})
	keyed(t, "{1 2}={1 2} {3 4}={3 4}", pair{1, 2}, pair{3, 4})
}

// A key that cannot travel is a mistake that shows at the first load.
func TestKeysThatCannotTravelAreAnError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		err := load(t, k, func(s *live.Socket) error {
			_, err := live.KeepList(s, "rows", live.ListQuery[row, chan int]{
				Fetch: func(context.Context) ([]row, error) { return []row{{1, "a"}}, nil }, Key: func(row) chan int { return nil },
			})
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "row keys") {
			t.Errorf("load: %v", err)
		}
	})
}
