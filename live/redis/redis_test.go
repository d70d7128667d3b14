//go:build unix

package redis_test

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	client "github.com/redis/go-redis/v9"

	"github.com/htmxlive/htmxlive/internal/redistest"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/redis"
)

// An administrator, or a failover, ends the connections from the other side.
func TestTheConnectionIsKilled(t *testing.T) {
	a, _, _ := join(t, shared, redis.Config{Channel: "killed"})
	b, _, _ := join(t, shared, redis.Config{Channel: "killed"})
	heard := livetest.Listen(t, b)
	if err := admin(t, shared).ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err(); err != nil {
		t.Fatal(err)
	}
	heard.Await(t, livetest.Resync)
	awaitConnected(t, a)
	livetest.Publish(t, a, "tickets")
	heard.Await(t, "tickets")
}

func awaitConnected(t *testing.T, b live.Broker) {
	t.Helper()
	for ctx := within(t); !b.Connected(); runtime.Gosched() {
		if ctx.Err() != nil {
			t.Fatal("the node does not come back")
		}
	}
}

// TestALossOnTheWay: the server has the frame or the publisher has an error, also while the connection is replaced.
func TestALossOnTheWay(t *testing.T) {
	_, b, proxy := join(t, shared, redis.Config{Channel: "on the way"})
	heard := livetest.Listen(t, b)
	for range 20 {
		proxy.Stall()
		answer := make(chan error, 1)
		go func() { answer <- b.Publish(within(t), []byte("tickets")) }()
		for range 100 {
			runtime.Gosched()
		}
		proxy.Cut()
		if err := <-answer; err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a publication that was lost with its connection: %v, want an error at once", err)
		}
		proxy.Mend()
		heard.Await(t, livetest.Resync)
	}
}

// TestASlowReceiver: the server ends the connection of a node that does not take its frames.
func TestASlowReceiver(t *testing.T) {
	s := redistest.Start(t, programs[0], "--client-output-buffer-limit", "pubsub 64kb 0 0")
	a, _, _ := join(t, s, redis.Config{})
	b, _, _ := join(t, s, redis.Config{})
	proceed, resync := make(chan struct{}), make(chan struct{})
	found := sync.OnceFunc(func() { close(resync) })
	err := b.Listen(t.Context(), func(frame []byte) {
		<-proceed
		if len(frame) == 0 {
			found()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	frame := strings.Repeat("x", live.MaxFrame)
	for killed := false; !killed; {
		livetest.Publish(t, a, frame)
		list, err := admin(t, s).ClientList(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		killed = strings.Count(list, " sub=1 ") < 2
	}
	close(proceed)
	select {
	case <-resync:
	case <-within(t).Done():
		t.Fatal("no Resync")
	}
}

func TestAnybodyMayPublish(t *testing.T) {
	_, b, _ := join(t, shared, redis.Config{Channel: "helpdesk"})
	heard := livetest.Listen(t, b)
	anybody := admin(t, shared)
	for _, message := range []string{"elsewhere", "tickets", ""} {
		if err := anybody.Publish(t.Context(), "helpdesk", message).Err(); err != nil {
			t.Fatal(err)
		}
	}
	heard.Await(t, "elsewhere", "tickets", livetest.Resync)
}

func TestANodeHearsItself(t *testing.T) {
	_, b, _ := join(t, shared, redis.Config{Channel: "itself"})
	heard := livetest.Listen(t, b)
	livetest.Publish(t, b, "tickets")
	heard.Await(t, "tickets")
}

// TestRights gives users what the package's documentation says that they need, and less.
func TestRights(t *testing.T) {
	s := redistest.Start(t, programs[0])
	c := admin(t, s)
	for name, rule := range map[string]string{
		"both": "&htmxlive +publish +subscribe +ping +hello +client +cluster",
		"mute": "&htmxlive -publish +subscribe +ping +hello +client +cluster",
		"deaf": "&others +publish +subscribe +ping +hello +client +cluster",
	} {
		args := []any{"ACL", "SETUSER", name, "on", ">x", "resetchannels", "-@all"}
		for word := range strings.FieldsSeq(rule) {
			args = append(args, word)
		}
		if err := c.Do(t.Context(), args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	connect := func(name string) (*redis.Broker, error) {
		return redis.Connect(t.Context(), redis.Config{
			URL: "unix://" + name + ":x@" + s.Socket(), Logger: slog.New(slog.DiscardHandler),
		})
	}
	if b, err := connect("deaf"); err == nil || !strings.Contains(err.Error(), "NOPERM") {
		t.Errorf("connecting without the right to subscribe: %v, %v", b, err)
	}
	mute, err := connect("mute")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	if err := mute.Publish(t.Context(), []byte("tickets")); err == nil || !strings.Contains(err.Error(), "NOPERM") {
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

func TestConnectingFails(t *testing.T) {
	for name, url := range map[string]string{
		"nobody there":           "redis://127.0.0.1:1",
		"no Sentinel there":      "redis+sentinel://127.0.0.1:1?master_name=main",
		"no cluster there":       "redis+cluster://127.0.0.1:1",
		"no URL":                 "redis://user:secret@%",
		"another scheme":         "nats://127.0.0.1:4222",
		"another kind":           "redis+tickets://127.0.0.1",
		"a parameter of nothing": "redis://127.0.0.1:1?tickets=1",
		"no master":              "redis+sentinel://127.0.0.1:1",
		"bad login":              "unix://stranger:secret@" + shared.Socket(),
	} {
		b, err := redis.Connect(within(t), redis.Config{URL: url})
		if err == nil {
			b.Close()
			t.Errorf("%s: connected", name)
			continue
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := redis.Connect(ctx, redis.Config{URL: shared.URL()}); !errors.Is(err, context.Canceled) {
		t.Errorf("connecting under a cancelled context: %v", err)
	}
}

// The broker outlives the context of Connect, which may have a deadline.
func TestTheContextIsForConnecting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b, err := redis.Connect(ctx, redis.Config{URL: shared.URL(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	cancel()
	livetest.Publish(t, b, "tickets")
}

// What the URL says goes through to the client, whatever kind of client it is.
func TestOptions(t *testing.T) {
	for url, want := range map[string]client.UniversalOptions{
		"redis://u:p@host/3?read_timeout=7s&max_retries=2": {Addrs: []string{"host:6379"}, Username: "u", Password: "p", DB: 3, ReadTimeout: 7 * time.Second},
		"unix:///run/redis.sock?pool_size=3":               {Addrs: []string{"/run/redis.sock"}, PoolSize: 3},
		"redis+cluster://u:p@host:1?addr=other:2&pool_size=3": {
			Addrs: []string{"host:1", "other:2"}, Username: "u", Password: "p", PoolSize: 3, IsClusterMode: true,
		},
		"redis+sentinel://s:q@host:1?addr=other:2&master_name=main&username=u&password=p&dial_timeout=7s": {
			Addrs: []string{"host:1", "other:2"}, MasterName: "main", Username: "u", Password: "p",
			SentinelUsername: "s", SentinelPassword: "q", DialTimeout: 7 * time.Second,
		},
	} {
		var got client.UniversalOptions
		_, err := redis.Connect(within(t), redis.Config{URL: url, Configure: func(o *client.UniversalOptions) {
			got = *o
			o.Addrs, o.MasterName, o.IsClusterMode = []string{"127.0.0.1:1"}, "", false
		}})
		if err == nil {
			t.Errorf("%s: connected to nobody", url)
		}
		if got.ClientName == "" || got.Protocol != 2 {
			t.Errorf("%s: client %q, protocol %d", url, got.ClientName, got.Protocol)
		}
		got.ClientName, got.Protocol, got.MaxRetries = "", 0, 0
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", url, got, want)
		}
	}
}
