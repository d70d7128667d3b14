package acceptance_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// wire is a stream as curl -N has it: every byte.
type wire struct {
	t        *testing.T
	path     string
	messages chan event
	seen     strings.Builder // everything that next returned, for what must never come
}

// event is a message and the bytes that carried it, with whatever came since the message before.
type event struct{ id, data, raw string }

// curl opens a stream of a page as a program does: by the page's URL.
func (p *person) curl(t *testing.T, path string) *wire {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := p.request(ctx, path, "Accept", "text/event-stream")
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("the stream of %s: %s %s", path, res.Status, got)
	}
	w := &wire{t: t, path: path, messages: make(chan event)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.read(ctx, res.Body)
	}()
	t.Cleanup(func() {
		cancel()
		_ = res.Body.Close()
		<-done
	})
	return w
}

func (w *wire) read(ctx context.Context, body io.Reader) {
	defer close(w.messages)
	lines := bufio.NewReader(body)
	var e event
	var data []string
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		e.raw += line
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch {
		case field == "id":
			e.id = value
		case field == "data":
			data = append(data, value)
		case line == "\n" && strings.Contains(e.raw, "event: heartbeat\n"):
			e, data = event{}, nil
		case line == "\n" && len(data) > 0:
			e.data = strings.Join(data, "\n")
			select {
			case w.messages <- e:
			case <-ctx.Done():
				return
			}
			e, data = event{}, nil
		}
	}
}

// next is the next message. Nothing but heartbeats may have come before it.
func (w *wire) next() event {
	w.t.Helper()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	select {
	case e, ok := <-w.messages:
		if !ok {
			w.t.Fatalf("the stream of %s has ended", w.path)
		}
		w.seen.WriteString(e.raw)
		for line := range strings.Lines(e.raw) {
			field, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
			if field != "" && field != "id" && field != "data" && field != "retry" {
				w.t.Errorf("the stream of %s says %q", w.path, line)
			}
		}
		return e
	case <-late.C:
		w.t.Fatalf("nothing more on the stream of %s", w.path)
	}
	return event{}
}
