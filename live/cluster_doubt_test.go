package live_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// unanswered is a broker that delivers the next frame, and says that it has failed.
type unanswered struct {
	live.Broker
	next box[bool]
}

func (b *unanswered) Publish(ctx context.Context, frame []byte) error {
	err := b.Broker.Publish(ctx, frame)
	if b.next.get() {
		b.next.set(false)
		return errors.New("no answer")
	}
	return err
}

// A publication of several frames ends with one that has no answer. Those that were not sent are missed, although it has arrived.
func TestFramesAfterOneWithoutAnAnswerAreMissed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		broker := &unanswered{Broker: bus.Node()}
		one, two := node(t, live.Config{Broker: broker, Logger: new(journal).logger()}), node(t, live.Config{Broker: bus.Node()})
		s := newSource(0)
		there := open(t, two, s.number())
		s.set(1)
		var topics []string
		for i := range 30 {
			topics = append(topics, fmt.Sprint(i, strings.Repeat("x", 300)))
		}
		broker.next.set(true)
		if err := one.Publish(t.Context(), append(topics, "n")...); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		shows(t, there, "n", "1")
	})
}

// A node that ends while a commit of it may still appear says no farewell: the others fetch again when it can have appeared.
func TestANodeThatEndsInDoubtIsMissed(t *testing.T) {
	for name, doubt := range map[string]bool{"in doubt": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var bus livetest.Bus
				one, two := live.NewKeeper(live.Config{Broker: bus.Node(), Logger: new(journal).logger()}), node(t, live.Config{Broker: bus.Node()})
				s := newSource(0)
				there := open(t, two, s.number())
				time.Sleep(5 * time.Second)
				if doubt {
					one.InDoubt(10 * time.Second)
				}
				if err := one.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(9 * time.Second)
				s.set(1) // nobody publishes it
				time.Sleep(15 * time.Second)
				synctest.Wait()
				if want := map[bool]string{true: "1", false: "0"}[doubt]; there.Text("n") != want {
					t.Errorf("shows %s, want %s", there.Text("n"), want)
				}
			})
		})
	}
}
