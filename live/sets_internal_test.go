package live

import (
	"maps"
	"slices"
	"testing"
)

// Subscribers that come and go leave at most twice the places that those which stay need; these keep their order.
func TestARosterClosesUp(t *testing.T) {
	var r roster
	stay := make([]*subscriber, 10)
	for i := range stay {
		stay[i] = new(subscriber)
		r.add(stay[i])
		r.add(stay[i])
	}
	for range 1000 {
		v := new(subscriber)
		r.add(v)
		r.remove(v)
		r.remove(v)
	}
	if n := len(r.places); n > 2*len(stay)+2 {
		t.Errorf("%d places for %d subscribers", n, len(stay))
	}
	if got := members(&r); !slices.Equal(got, stay) {
		t.Errorf("%d of %d subscribers are left, or in another order", len(got), len(stay))
	}
	again := stay[3]
	r.remove(again)
	r.add(again)
	if got := members(&r); !slices.Equal(got, append(slices.Delete(slices.Clone(stay), 3, 4), again)) {
		t.Error("the one that comes back is not the last")
	}
}

// heard is a listener that counts.
type heard struct{ times int }

func (h *heard) notify(string, origin) { h.times++ }

func (h *heard) notifyAll(*notification) { h.times++ }

func TestAListenerIsNotifiedOnce(t *testing.T) {
	all := []*heard{{}, {}, {}}
	for name, c := range map[string]struct {
		add, remove []int
		want        []int // times
	}{
		"nobody":              {want: []int{0, 0, 0}},
		"one":                 {add: []int{0}, want: []int{1, 0, 0}},
		"one twice":           {add: []int{0, 0}, want: []int{1, 0, 0}},
		"two":                 {add: []int{0, 1}, want: []int{1, 1, 0}},
		"two, the first left": {add: []int{0, 1}, remove: []int{0}, want: []int{0, 1, 0}},
		"three":               {add: []int{0, 1, 2, 1}, remove: []int{2}, want: []int{1, 1, 0}},
		"all left":            {add: []int{0, 1, 2}, remove: []int{0, 1, 2}, want: []int{0, 0, 0}},
		"one left":            {add: []int{0}, remove: []int{0}, want: []int{0, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			hub := newHub(false)
			for _, i := range c.add {
				if err := hub.follow(all[i], "topic"); err != nil {
					t.Fatal(err)
				}
			}
			for _, i := range c.remove {
				hub.leave(all[i], "topic")
			}
			for _, h := range all {
				h.times = 0
			}
			hub.notify("topic", byPublish)
			listeners := map[listener]struct{}{}
			if set := hub.topics["topic"]; set != nil {
				set.each(func(l listener) { listeners[l] = struct{}{} })
			}
			want := map[listener]struct{}{}
			for i, h := range all {
				if h.times != c.want[i] {
					t.Errorf("%d was told %d times, want %d", i, h.times, c.want[i])
				}
				if c.want[i] > 0 {
					want[h] = struct{}{}
				}
			}
			if !maps.Equal(listeners, want) || hub.size() != min(len(want), 1) {
				t.Errorf("%d listeners, want %d; %d topics", len(listeners), len(want), hub.size())
			}
		})
	}
}

func members(r *roster) (out []*subscriber) {
	for _, v := range r.places {
		if v != nil {
			out = append(out, v)
		}
	}
	return out
}
