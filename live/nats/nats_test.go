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

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/brokertest"
	"github.com/htmxlive/htmxlive/live/nats"
)

func TestTheServerRestarts(t *testing.T) {
	s := serve(t, -1)
	port := s.Addr().(*net.TCPAddr).Port
	a, _, _ := join(t, s, nats.Config{})
	b, _, _ := join(t, s, nats.Config{})
	atA, _ := brokertest.Listen(t, a, "tickets")
	atB, _ := brokertest.Listen(t, b, "tickets")

	stop(s)
	serve(t, port)
	atA.Hears(t, live.Resync)
	atB.Hears(t, live.Resync)
	brokertest.Publish(t, a, "tickets")
	atB.Hears(t, "tickets")
	brokertest.Publish(t, b, "tickets")
	atA.Hears(t, "tickets")
}

func TestASilentServerIsGivenUp(t *testing.T) {
	s := serve(t, -1)
	a, _, _ := join(t, s, nats.Config{})
	b, _, wire := join(t, s, nats.Config{Options: []client.Option{client.PingInterval(5 * time.Millisecond)}})
	ear, _ := brokertest.Listen(t, b, "tickets")
	wire.latest().lose()
	brokertest.Publish(t, a, "tickets") // swallowed
	ear.Hears(t, live.Resync)
}

// TestALossOnTheWay: the server has the topics or the publisher has an error, also while the connection is replaced.
func TestALossOnTheWay(t *testing.T) {
	s := serve(t, -1)
	_, b, wire := join(t, s, nats.Config{})
	ear, _ := brokertest.Listen(t, b)
	for range 20 {
		dying := wire.latest()
		wrote := dying.lose()
		answer := make(chan error, 1)
		go func() { answer <- b.Publish(within(t), "tickets") }()
		<-wrote
		dying.Close()
		if err := <-answer; err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a publication that was lost with its connection: %v, want an error at once", err)
		}
		ear.Hears(t, live.Resync)
	}
}

// TestTooManyWait holds the handler at each call, so that what is dropped when is certain.
func TestTooManyWait(t *testing.T) {
	const limit = 4
	s := serve(t, -1)
	a, _, _ := join(t, s, nats.Config{})
	_, b, _ := join(t, s, nats.Config{Pending: limit})
	called, proceed := make(chan string), make(chan struct{}, 1)
	hold := func(topic string) {
		select {
		case called <- topic:
			select {
			case <-proceed:
			case <-t.Context().Done():
			}
		case <-t.Context().Done(): // the test has failed
		}
	}
	if _, err := b.Subscribe(t.Context(), hold, "0", "1", "2", "3", "4", "5", "6", "7", "8"); err != nil {
		t.Fatal(err)
	}
	publish := func(topics ...string) {
		brokertest.Publish(t, a, topics...)
		brokertest.Publish(t, b, "nobody's") // b's round trip comes after what the server had for b
	}
	expect := func(want string) {
		t.Helper()
		select {
		case got := <-called:
			if got != want {
				t.Fatalf("the handler got %q, want %q (empty is Resync)", got, want)
			}
		case <-within(t).Done():
			t.Fatalf("the handler got nothing, want %q", want)
		}
	}
	next := func(want string) {
		t.Helper()
		proceed <- struct{}{}
		expect(want)
	}

	publish("0")
	expect("0")
	publish("1", "2", "3", "4", "5") // 0 is in hand, three wait, and 4 and 5 are lost
	next(live.Resync)
	publish("6", "7") // 1 is in hand, three wait, and 7 is lost, which the client does not report once more
	next("1")
	next("2")
	next(live.Resync) // because of 7: what waited at the first Resync has been handled
	next("3")
	next("6")
	publish("8")
	next("8")
	proceed <- struct{}{}
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
	if err := mute.Publish(t.Context(), "tickets"); !errors.Is(err, client.ErrPermissionViolation) {
		t.Errorf("publishing without the right to: %v", err)
	}
	both, err := connect("both")
	if err != nil {
		t.Fatal(err)
	}
	defer both.Close()
	ear, _ := brokertest.Listen(t, mute, "tickets")
	brokertest.Publish(t, both, "tickets")
	ear.Hears(t, "tickets")
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
	ear, _ := brokertest.Listen(t, b, "tickets")
	if err := b.Publish(t.Context(), "tickets"); err == nil {
		t.Error("a publication was confirmed without a server")
	}
	s = serve(t, port)
	ear.Hears(t, live.Resync)
	<-connected // the user's own handler is called too
	other, _, _ := join(t, s, nats.Config{})
	brokertest.Publish(t, other, "tickets")
	ear.Hears(t, "tickets")
}

func TestAnybodyMayPublish(t *testing.T) {
	s := serve(t, -1)
	_, b, _ := join(t, s, nats.Config{Subject: "helpdesk"})
	ear, _ := brokertest.Listen(t, b, "tickets")
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
	ear.Hears(t, "tickets", live.Resync)
}

func TestClosed(t *testing.T) {
	s := serve(t, -1)
	a, _, _ := join(t, s, nats.Config{})
	closed := make(chan struct{})
	_, b, _ := join(t, s, nats.Config{Options: []client.Option{client.ClosedHandler(func(*client.Conn) { close(closed) })}})
	ear, _ := brokertest.Listen(t, b, "tickets")
	b.Close()
	<-closed
	b.Close()
	brokertest.Publish(t, a, "tickets")
	ear.Silent(t)
	if err := b.Publish(t.Context(), "tickets"); !errors.Is(err, client.ErrConnectionClosed) {
		t.Errorf("publishing after Close: %v", err)
	}
	if _, err := b.Subscribe(t.Context(), func(string) {}, "tickets"); !errors.Is(err, client.ErrConnectionClosed) {
		t.Errorf("subscribing after Close: %v", err)
	}
	if b.Connected() {
		t.Error("connected after Close")
	}
}

func TestPublishingEndsWithItsContext(t *testing.T) {
	s := serve(t, -1)
	_, b, wire := join(t, s, nats.Config{})
	wire.latest().lose()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := b.Publish(ctx, "tickets"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("publishing to a server that does not answer: %v", err)
	}
}
