package nats_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	client "github.com/nats-io/nats.go"

	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/nats"
)

func TestTheServerRestarts(t *testing.T) {
	s := serve(t, -1)
	port := s.Addr().(*net.TCPAddr).Port
	a, _, _ := join(t, s, nats.Config{})
	b, _, _ := join(t, s, nats.Config{})
	atA := livetest.Listen(t, a)
	atB := livetest.Listen(t, b)

	stop(s)
	serve(t, port)
	atA.Await(t, livetest.Resync)
	atB.Await(t, livetest.Resync)
	livetest.Publish(t, a, "tickets")
	atB.Await(t, "tickets")
	livetest.Publish(t, b, "tickets")
	atA.Await(t, "tickets")
}

func TestASilentServerIsGivenUp(t *testing.T) {
	s := serve(t, -1)
	a, _, _ := join(t, s, nats.Config{})
	// Three pings that are not answered end it: long enough for a busy machine to answer.
	b, _, wire := join(t, s, nats.Config{Options: []client.Option{client.PingInterval(100 * time.Millisecond)}})
	heard := livetest.Listen(t, b)
	wire.latest().lose()
	livetest.Publish(t, a, "tickets") // swallowed
	heard.Await(t, livetest.Resync)
}

// TestALossOnTheWay: the server has the topics or the publisher has an error, also while the connection is replaced.
func TestALossOnTheWay(t *testing.T) {
	s := serve(t, -1)
	_, b, wire := join(t, s, nats.Config{})
	heard := livetest.Listen(t, b)
	for range 20 {
		dying := wire.latest()
		wrote := dying.lose()
		answer := make(chan error, 1)
		go func() { answer <- b.Publish(within(t), []byte("tickets")) }()
		<-wrote
		dying.Close()
		if err := <-answer; err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a publication that was lost with its connection: %v, want an error at once", err)
		}
		heard.Await(t, livetest.Resync)
	}
}

// TestTooManyWait holds the receiver at each call, so that what is dropped when is certain.
func TestTooManyWait(t *testing.T) {
	const limit = 4
	s := serve(t, -1)
	a, _, _ := join(t, s, nats.Config{})
	_, b, _ := join(t, s, nats.Config{Pending: limit})
	h := hold(t, b)
	publish := func(frames ...string) {
		livetest.Publish(t, a, frames...)
		livetest.Publish(t, b, "its own") // b's round trip comes after what the server had for b
	}
	publish("0")
	h.expect("0")
	publish("1", "2", "3", "4", "5") // 0 is in hand, three wait, and 4 and 5 are lost
	h.next(livetest.Resync)
	publish("6", "7") // 1 is in hand, three wait, and 7 is lost, which the client does not report once more
	h.next("1")
	h.next("2")
	h.next(livetest.Resync) // because of 7: what waited at the first Resync has been handled
	h.next("3")
	h.next("6")
	publish("8")
	h.next("8")
	h.proceed <- struct{}{}
}

// held is a receiver that a test holds at each call.
type held struct {
	t       *testing.T
	called  chan string
	proceed chan struct{}
}

func hold(t *testing.T, b *nats.Broker) *held {
	h := &held{t: t, called: make(chan string), proceed: make(chan struct{}, 1)}
	err := b.Listen(t.Context(), func(frame []byte) {
		select {
		case h.called <- string(frame):
			select {
			case <-h.proceed:
			case <-t.Context().Done():
			}
		case <-t.Context().Done(): // the test has failed
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *held) expect(want string) {
	h.t.Helper()
	select {
	case got := <-h.called:
		if got != want {
			h.t.Fatalf("the receiver got %q, want %q (empty is Resync)", got, want)
		}
	case <-within(h.t).Done():
		h.t.Fatalf("the receiver got nothing, want %q", want)
	}
}

func (h *held) next(want string) {
	h.t.Helper()
	h.proceed <- struct{}{}
	h.expect(want)
}

func TestRightsAreMissing(t *testing.T) {
	user := func(name string, publish, subscribe []string) *server.User {
		return &server.User{Username: name, Password: "x", Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Allow: publish}, Subscribe: &server.SubjectPermission{Allow: subscribe},
		}}
	}
	ours, others := []string{"htmxlive"}, []string{"others"}
	s := serve(t, -1, func(o *server.Options) {
		o.Users = []*server.User{user("deaf", ours, others), user("mute", others, ours), user("both", ours, ours)}
	})
	connect := func(name string) (*nats.Broker, error) {
		return nats.Connect(t.Context(), nats.Config{
			URL: s.ClientURL(), Logger: slog.New(slog.DiscardHandler), Options: []client.Option{client.UserInfo(name, "x")},
		})
	}
	if b, err := connect("deaf"); !errors.Is(err, client.ErrPermissionViolation) {
		t.Errorf("connecting without the right to subscribe: %v, %v", b, err)
	}
	mute, err := connect("mute")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	if err := mute.Publish(t.Context(), []byte("tickets")); !errors.Is(err, client.ErrPermissionViolation) {
		t.Errorf("publishing without the right to: %v", err)
	}
	both, err := connect("both")
	if err != nil {
		t.Fatal(err)
	}
	defer both.Close()
	heard := livetest.Listen(t, mute)
	livetest.Publish(t, both, "tickets")
	heard.Await(t, "tickets")
}

func TestNoServerAtStart(t *testing.T) {
	s := serve(t, -1)
	port := s.Addr().(*net.TCPAddr).Port
	stop(s)
	cfg := nats.Config{URL: "127.0.0.1:" + strconv.Itoa(port), Logger: slog.New(slog.DiscardHandler)}
	if b, err := nats.Connect(t.Context(), cfg); !errors.Is(err, client.ErrNoServers) {
		t.Fatalf("connecting to nobody: %v, %v", b, err)
	}

	connected := make(chan struct{})
	cfg.Options = []client.Option{
		client.RetryOnFailedConnect(true), client.ReconnectWait(5 * time.Millisecond),
		client.ConnectHandler(func(*client.Conn) { close(connected) }),
	}
	b, err := nats.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	heard := livetest.Listen(t, b)
	if err := b.Publish(t.Context(), []byte("tickets")); err == nil {
		t.Error("a publication was confirmed without a server")
	}
	s = serve(t, port)
	heard.Await(t, livetest.Resync)
	<-connected // the user's own handler is called too
	other, _, _ := join(t, s, nats.Config{})
	livetest.Publish(t, other, "tickets")
	heard.Await(t, "tickets")
}

func TestAnybodyMayPublish(t *testing.T) {
	s := serve(t, -1)
	_, b, _ := join(t, s, nats.Config{Subject: "helpdesk"})
	heard := livetest.Listen(t, b)
	nc, err := client.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for _, payload := range []string{"elsewhere", "tickets", ""} {
		if err := nc.Publish("helpdesk", []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	heard.Await(t, "elsewhere", "tickets", livetest.Resync)
}

func TestClosed(t *testing.T) {
	s := serve(t, -1)
	a, _, _ := join(t, s, nats.Config{})
	closed := make(chan struct{})
	_, b, _ := join(t, s, nats.Config{Options: []client.Option{client.ClosedHandler(func(*client.Conn) { close(closed) })}})
	heard := livetest.Listen(t, b)
	b.Close()
	<-closed
	b.Close()
	livetest.Publish(t, a, "tickets")
	heard.Silent(t)
	if err := b.Publish(t.Context(), []byte("tickets")); !errors.Is(err, nats.ErrClosed) {
		t.Errorf("publishing after Close: %v", err)
	}
	if err := b.Listen(t.Context(), func([]byte) {}); !errors.Is(err, nats.ErrClosed) {
		t.Errorf("listening after Close: %v", err)
	}
}

func TestPublishingEndsWithItsContext(t *testing.T) {
	s := serve(t, -1)
	_, b, wire := join(t, s, nats.Config{})
	wire.latest().lose()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := b.Publish(ctx, []byte("tickets")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("publishing to a server that does not answer: %v", err)
	}
}
