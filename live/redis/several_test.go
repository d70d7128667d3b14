//go:build unix

package redis_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	client "github.com/redis/go-redis/v9"

	"github.com/htmxlive/htmxlive/internal/redistest"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/redis"
)

// connect makes a node that connects by the URL.
func connect(t *testing.T, url string) *redis.Broker {
	t.Helper()
	var b *redis.Broker
	for ctx := within(t); ; { // the servers may still be finding each other
		var err error
		if b, err = redis.Connect(ctx, redis.Config{URL: url, Logger: slog.New(slog.DiscardHandler)}); err == nil {
			break
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(b.Close)
	return b
}

// ear is what a node hears.
type ear chan string

func listen(t *testing.T, b *redis.Broker) ear {
	t.Helper()
	e := make(ear, 10000)
	if err := b.Listen(t.Context(), func(frame []byte) { e <- string(frame) }); err != nil {
		t.Fatal(err)
	}
	return e
}

// until waits for a frame, and passes over others: while servers change places there may be more than one gap.
func (e ear) until(t *testing.T, frame string) {
	t.Helper()
	for ctx := within(t); ; {
		select {
		case got := <-e:
			if got == frame {
				return
			}
		case <-ctx.Done():
			t.Fatalf("%q was not heard (empty is Resync)", frame)
		}
	}
}

// meets publishes at one node until another one hears it: publications fail until the new master is there.
func (e ear) meets(t *testing.T, from *redis.Broker, frame string) {
	t.Helper()
	ctx, heard := context.WithCancel(t.Context())
	var publishing sync.WaitGroup
	publishing.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			_ = from.Publish(ctx, []byte(frame))
			<-tick.C
		}
	})
	defer publishing.Wait()
	defer heard()
	e.until(t, frame)
}

func TestCluster(t *testing.T) {
	servers := redistest.Cluster(t, programs[0])
	address := func(i int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(servers[i].Port())) }
	a := connect(t, "redis+cluster://"+address(0))
	b := connect(t, "redis+cluster://"+address(1)+"?addr="+address(2))
	atA, atB := listen(t, a), listen(t, b)
	livetest.Publish(t, a, "tickets")
	atB.until(t, "tickets")
	atA.until(t, "tickets")

	master := masterOf(t, servers, "htmxlive")
	replicated(t, master) // else its replica does not dare to take its place
	if err := master.Stop(); err != nil {
		t.Fatal(err)
	}
	atA.until(t, livetest.Resync) // a replica has taken its place
	atB.until(t, livetest.Resync)
	atB.meets(t, a, "from a")
	atA.meets(t, b, "from b")
}

// masterOf is the server that has the slot of a channel.
func masterOf(t *testing.T, servers []*redistest.Server, channel string) *redistest.Server {
	t.Helper()
	c := admin(t, servers[0])
	slot, err := c.ClusterKeySlot(t.Context(), channel).Result()
	if err != nil {
		t.Fatal(err)
	}
	shards, err := c.ClusterShards(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	ports := map[int64]bool{} // of the master that has the slot
	for _, shard := range shards {
		for _, slots := range shard.Slots {
			for _, node := range shard.Nodes {
				if slots.Start <= slot && slot <= slots.End && node.Role == "master" {
					ports[node.Port] = true
				}
			}
		}
	}
	i := slices.IndexFunc(servers, func(s *redistest.Server) bool { return ports[int64(s.Port())] })
	if i < 0 {
		t.Fatalf("nobody has slot %d: %v", slot, shards)
	}
	return servers[i]
}

func TestSentinel(t *testing.T) {
	master, replica, sentinel := redistest.Sentinel(t, programs[0])
	url := fmt.Sprintf("redis+sentinel://127.0.0.1:%d?master_name=main", sentinel.Port())
	a, b := connect(t, url), connect(t, url)
	atA, atB := listen(t, a), listen(t, b)
	livetest.Publish(t, a, "tickets")
	atB.until(t, "tickets")
	atA.until(t, "tickets")

	replicated(t, master)
	failOver(t, sentinel) // the old master lives on, as a replica
	atA.until(t, livetest.Resync)
	atB.until(t, livetest.Resync)
	atB.meets(t, a, "from a")
	atA.meets(t, b, "from b")
	if role := roleOf(t, replica); role != "master" {
		t.Errorf("the replica is a %s", role)
	}
}

// replicated waits until a replica follows the server.
func replicated(t *testing.T, s *redistest.Server) {
	t.Helper()
	c := client.NewClient(&client.Options{Network: "unix", Addr: s.Socket(), ReadTimeout: time.Minute})
	defer c.Close()
	if n, err := c.Wait(within(t), 1, 20*time.Second).Result(); err != nil || n != 1 {
		t.Fatalf("%d replicas follow: %v", n, err)
	}
}

// failOver has Sentinel make the replica the master, once it knows of one that is good enough.
func failOver(t *testing.T, s *redistest.Server) {
	t.Helper()
	c := client.NewSentinelClient(&client.Options{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port()))})
	defer c.Close()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ctx := within(t); ; <-tick.C {
		err := c.Failover(ctx, "main").Err()
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

func roleOf(t *testing.T, s *redistest.Server) string {
	t.Helper()
	role, err := admin(t, s).Do(context.WithoutCancel(t.Context()), "ROLE").Slice()
	if err != nil || len(role) == 0 {
		t.Fatalf("role: %v, %v", role, err)
	}
	return role[0].(string)
}
