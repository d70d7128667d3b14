package brokertest

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/htmxlive/htmxlive/live"
)

// Page is an open page of a keeper that shows a number.
type Page struct {
	socket *live.Socket
	shown  string
}

// NewKeeper makes a keeper that ends with the test.
func NewKeeper(t *testing.T, b live.Broker) *live.Keeper {
	t.Helper()
	k := live.NewKeeper(live.Config{Broker: b, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		if err := k.Close(context.Background()); err != nil {
			t.Errorf("closing a keeper: %v", err)
		}
	})
	return k
}

// OpenPage opens a page that shows n and follows topic.
func OpenPage(t *testing.T, k *live.Keeper, n *atomic.Int64, topic string) *Page {
	t.Helper()
	s, err := k.NewSocket(t.Context(), live.SocketConfig{Session: "s", Path: "/", Connected: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	_, err = live.Keep(s, "n", live.Query[int64]{
		Fetch:     func(context.Context) (int64, error) { return n.Load(), nil },
		Subscribe: []string{topic},
		Fragments: []live.Fragment{number{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	return &Page{socket: s}
}

// Shows waits until the page shows n.
func (p *Page) Shows(t *testing.T, n int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		if u, ok := p.socket.Next(); ok {
			for _, patch := range u.Patches {
				p.shown = string(patch.HTML)
			}
		}
		if p.shown == strconv.FormatInt(n, 10) {
			return
		}
		select {
		case <-p.socket.Changed():
		case <-ctx.Done():
			t.Fatalf("the page shows %q, want %d", p.shown, n)
		}
	}
}

// number is a fragment that is nothing but the assign "n".
type number struct{}

func (number) ID() string { return "n" }

func (number) Render(_ context.Context, assigns map[string]any) ([]byte, error) {
	return fmt.Append(nil, assigns["n"].(interface{ Value() any }).Value()), nil
}

func (number) Inline(rendered []byte) []byte { return rendered }

func (number) Patch(_, rendered []byte) []byte { return rendered }
