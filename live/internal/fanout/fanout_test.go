package fanout_test

import (
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/fanout"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEachSubscriptionIsToldOnce(t *testing.T) {
	var f fanout.Fanout
	f.Tell("to nobody")
	f.Tell(live.Resync)

	var got []string
	note := func(who string) live.Handler {
		return func(topic string) { got = append(got, who+":"+topic) }
	}
	tell := func(topic string, want ...string) {
		t.Helper()
		got = nil
		f.Tell(topic)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("Tell(%q): got %q, want %q", topic, got, want)
		}
	}
	f.Subscribe(note("one"), "a")
	two := f.Subscribe(note("two"), "a", "b", "b")
	f.Subscribe(note("none"))
	tell("a", "one:a", "two:a")
	tell("b", "two:b")
	tell("c")
	tell(live.Resync, "none:", "one:", "two:")
	for range 2 {
		if err := two.Unsubscribe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	tell("a", "one:a")
	tell("b")
	tell(live.Resync, "none:", "one:")
}

// A keeper's handler may come to subscribe and unsubscribe.
func TestAHandlerMayUseTheFanout(t *testing.T) {
	var f fanout.Fanout
	var sub live.Subscription
	told := 0
	sub = f.Subscribe(func(string) {
		if err := sub.Unsubscribe(t.Context()); err != nil {
			t.Error(err)
		}
		f.Subscribe(func(string) { told++ }, "a")
	}, "a")
	f.Tell("a")
	f.Tell("a")
	if told != 1 {
		t.Errorf("who subscribed in a handler was told %d times, want once", told)
	}
}
