package live_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// courier is a stream that is delivered to.
type courier struct {
	transport *live.Transport
	hurried   atomic.Int64

	mu      sync.Mutex
	before  func() bool   // a delivery, without mu; false refuses it
	takes   time.Duration // one delivery
	refuses bool
	got     []*live.Patch
	at      []time.Time
}

func (c *courier) TryAcquire() bool {
	c.mu.Lock()
	before, takes := c.before, c.takes
	c.mu.Unlock()
	if before != nil && !before() {
		return false
	}
	if takes > 0 {
		time.Sleep(takes)
	}
	c.mu.Lock()
	if c.refuses {
		c.mu.Unlock()
		return false
	}
	return true
}

func (c *courier) Send(u live.Update) {
	c.got, c.at = append(c.got, u.Patches...), append(c.at, time.Now())
}

func (c *courier) Release() { c.mu.Unlock() }

// next is what the stream's own goroutine does.
func (c *courier) next() live.Update {
	c.mu.Lock()
	defer c.mu.Unlock()
	u, _ := c.transport.Next()
	return u
}

func (c *courier) alter(f func(c *courier)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c)
}

func (c *courier) ShortenDeadline() { c.hurried.Add(1) }

func (c *courier) patches() []*live.Patch {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.got
}

// ends reports whether the newest patch shows text.
func (c *courier) ends(text string) bool {
	got := c.patches()
	return len(got) > 0 && strings.HasSuffix(string(got[len(got)-1].HTML), ">"+text+"</p>")
}

// attend opens a stream of its own session that is delivered to, and lets it settle.
func attend(t *testing.T, k *live.Keeper, session string, handler livetest.Handler) *courier {
	t.Helper()
	socket, err := k.Connect(t.Context(), live.SocketConfig{Session: session, Connected: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(socket.Close)
	if err := handler(socket.Socket()); err != nil {
		t.Fatal(err)
	}
	c := &courier{transport: socket}
	c.alter(func(*courier) {
		socket.Attach(c)
		socket.Start()
	})
	<-socket.Changed()
	c.next()
	return c
}

func openPages(t *testing.T, k *live.Keeper, n int, q live.Query[int]) []*courier {
	t.Helper()
	pages := make([]*courier, n)
	for i := range pages {
		pages[i] = attend(t, k, fmt.Sprint(i), keeping(q))
	}
	return pages
}
