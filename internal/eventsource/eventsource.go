// Package eventsource reads an event stream in a test as the WHATWG says a browser has to: with npm's eventsource
// package, in Node. It is the second opinion on what our streams mean, beside browsers and the r3labs client.
package eventsource

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/nodemodules"
)

//go:embed read.mjs
var script string

// timeout is how long Next waits before it fails the test.
const timeout = 30 * time.Second

// Event is what the client heard: that the stream opened ("open"), that it broke or was refused ("error", with the
// answer's status if there was one; the client then reconnects by itself, unless the standard says not to), or a
// message ("message", with its type in Name). ID is the message's own id: here the package leaves the standard, which
// would repeat the last one on a message without.
type Event struct {
	Kind   string `json:"kind"`
	Status int    `json:"status"`
	Name   string `json:"name"`
	ID     string `json:"id"`
	Data   string `json:"data"`
}

// Client is one EventSource in a Node of its own.
type Client struct {
	t      testing.TB
	events chan Event
}

// Open starts reading url, with the header sent on every connection. The client hears unnamed events and those that
// names lists, and ends with the test.
func Open(t testing.TB, url string, header http.Header, names ...string) *Client {
	t.Helper()
	dir, err := nodemodules.Dir()
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("eventsource: no node on PATH: install Debian's package nodejs")
	}
	flat := map[string]string{}
	for name := range header {
		flat[name] = header.Get(name)
	}
	order, err := json.Marshal(map[string]any{"modules": dir, "url": url, "headers": flat, "names": append([]string{"message"}, names...)})
	if err != nil {
		t.Fatal(err)
	}
	c := &Client{t: t, events: make(chan Event)}
	c.start(node, string(order))
	return c
}

// start runs Node until the test ends, and waits for it then.
func (c *Client) start(node, order string) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, node, "--input-type=module", "--eval", script, order)
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		cancel()
		c.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.forward(ctx, out)
		_ = cmd.Wait() // killed by cancel, or dead for the reason that it wrote
	}()
	c.t.Cleanup(func() {
		cancel()
		<-done
		if said := strings.TrimSpace(complaints.String()); said != "" {
			c.t.Errorf("eventsource: node says: %s", said)
		}
	})
}

// forward hands on what Node prints, one event a line.
func (c *Client) forward(ctx context.Context, out io.Reader) {
	defer close(c.events)
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var event Event
		if err := json.Unmarshal(line, &event); err != nil {
			event = Event{Kind: "error", Data: err.Error()}
		}
		select {
		case c.events <- event:
		case <-ctx.Done():
			return
		}
	}
}

// errSilent is why Next fails a test.
var errSilent = errors.New("eventsource: heard nothing more within " + timeout.String())

// Next is the next event, whatever kind it is. It fails the test when none comes within 30 seconds, or when the
// client has ended.
func (c *Client) Next() Event {
	c.t.Helper()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case event, ok := <-c.events:
		if !ok {
			c.t.Fatal("eventsource: the client has ended")
		}
		return event
	case <-timer.C:
		c.t.Fatal(errSilent)
	}
	return Event{}
}

// Message is the next message: opening, breaking and reconnecting on the way are passed over.
func (c *Client) Message() Event {
	c.t.Helper()
	for {
		if event := c.Next(); event.Kind == "message" {
			return event
		}
	}
}
