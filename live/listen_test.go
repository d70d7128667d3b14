package live_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// broker is a live.Broker of functions.
type broker struct {
	listen  func(ctx context.Context, receive func(frame []byte)) error
	publish func(ctx context.Context, frame []byte) error
}

func (b broker) Listen(ctx context.Context, receive func(frame []byte)) error {
	return b.listen(ctx, receive)
}

func (b broker) Publish(ctx context.Context, frame []byte) error {
	if b.publish == nil {
		return nil
	}
	return b.publish(ctx, frame)
}

func (broker) Connected() bool { return true }

// A keeper with a broker that does not do what it should serves its own pages, and hears what it can.
func TestABrokerThatFailsToListen(t *testing.T) {
	for name, c := range map[string]struct {
		listen func(ctx context.Context, receive func([]byte)) error
		takes  time.Duration // NewKeeper
		logged string
	}{
		"errors": {listen: func(context.Context, func([]byte)) error { return errors.New("no such subject") }, takes: 2 * time.Second, logged: "no such subject"},
		"panics": {listen: func(context.Context, func([]byte)) error { panic("boom") }, takes: 2 * time.Second, logged: "boom"},
		"no answer": {listen: func(ctx context.Context, _ func([]byte)) error {
			<-ctx.Done()
			return ctx.Err()
		}, takes: 2 * time.Second, logged: "has not confirmed"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log journal
				began := time.Now()
				k, s := node(t, live.Config{Broker: broker{listen: c.listen}, Logger: log.logger()}), newSource(0)
				if took := time.Since(began); took != c.takes {
					t.Errorf("NewKeeper took %v, want %v", took, c.takes)
				}
				if log.count(c.logged) == 0 {
					t.Errorf("log: %s", log.lines.String())
				}
				p := open(t, k, s.number())
				s.set(1)
				publish(t, k, "n")
				shows(t, p, "n", "1")
			})
		})
	}
}

// A Listen that fails is tried again, and what it has not heard meanwhile is made up for.
func TestAListenThatWorksAtTheThirdTry(t *testing.T) {
	for name, late := range map[string]time.Duration{"in time": 0, "late": time.Minute} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				tries := 0
				k, s := node(t, live.Config{Broker: broker{listen: func(ctx context.Context, _ func([]byte)) error {
					if tries++; tries < 3 {
						return errors.New("not yet")
					}
					sleepUntil(ctx, late)
					return nil
				}}}), newSource(0)
				p := open(t, k, s.number())
				s.set(1) // and published by another node, which nobody here hears
				time.Sleep(2 * time.Minute)
				want := "1"
				if late == 0 {
					want = "0" // it is heard from before the page was opened
				}
				shows(t, p, "n", want)
				if tries != 3 {
					t.Errorf("%d tries", tries)
				}
			})
		})
	}
}

func sleepUntil(ctx context.Context, d time.Duration) {
	select {
	case <-time.NewTimer(d).C:
	case <-ctx.Done():
	}
}

// What is published before the engine confirms is made up for by the Resync that follows.
func TestAnEngineThatConfirmsLateEndsInAResync(t *testing.T) {
	bubble(t, func(t *testing.T) {
		late := make(chan struct{})
		k, s := node(t, live.Config{Broker: broker{listen: func(ctx context.Context, receive func([]byte)) error {
			select {
			case <-late:
				receive(nil)
				<-ctx.Done()
			case <-ctx.Done():
			}
			return nil
		}}}), newSource(0)
		p := open(t, k, s.number())
		s.set(1) // and published by another node, which nobody here hears
		shows(t, p, "n", "0")
		close(late)
		shows(t, p, "n", "1")
	})
}

// What triggers and other programs write is a bare topic.
func TestABareTopicIsANotification(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		k, s := node(t, live.Config{Broker: bus.Node()}), newSource(0)
		p := open(t, k, s.number())
		s.set(1)
		if err := bus.Node().Publish(t.Context(), []byte("n")); err != nil {
			t.Fatal(err)
		}
		shows(t, p, "n", "1")
	})
}

// A broker that panics in Publish has lost the frame, as one that fails has.
func TestABrokerThatPanicsInPublish(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		calls := 0
		k := node(t, live.Config{Logger: log.logger(), Broker: broker{
			listen: func(context.Context, func([]byte)) error { return nil },
			publish: func(context.Context, []byte) error {
				if calls++; calls == 2 {
					panic("boom")
				}
				return nil
			},
		}})
		synctest.Wait() // for the first heartbeat
		publish(t, k, "n")
		if log.count("boom") != 1 || k.Stats().PublishErrors != 1 {
			t.Errorf("%d errors, log: %s", k.Stats().PublishErrors, log.lines.String())
		}
		publish(t, k, "n")
		if calls != 3 {
			t.Errorf("%d publications", calls)
		}
	})
}

// The last try to tell the others lasts no longer than Close may.
func TestCloseDoesNotOutliveItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := live.NewKeeper(live.Config{BrokerTimeout: 20 * time.Second, Logger: new(journal).logger(), Broker: broker{
			listen: func(context.Context, func([]byte)) error { return nil },
			publish: func(ctx context.Context, _ []byte) error {
				<-ctx.Done()
				return ctx.Err()
			},
		}})
		publish(t, k, "n")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := k.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > time.Second {
			t.Errorf("Close: %v after %v", err, time.Since(began))
		}
	})
}

// An engine that does not answer costs BrokerTimeout and no more.
func TestAnEngineThatHangsIsGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := &engine{Broker: new(livetest.Bus).Node()}
		k := node(t, live.Config{Broker: e, BrokerTimeout: 3 * time.Second})
		e.alter(func(e *engine) {
			e.publish = func(ctx context.Context) error {
				<-ctx.Done()
				return ctx.Err()
			}
		})
		began := time.Now()
		if err := k.Publish(t.Context(), "n"); err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("Publish: %v after %v", err, time.Since(began))
		}
		e.alter(func(e *engine) { e.publish = nil })
	})
}
