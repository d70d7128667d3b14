package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// bidi is a connection that speaks WebDriver BiDi: commands with numbers, their answers, and events.
type bidi struct {
	conn   *websocket.Conn
	events func(method string, params json.RawMessage) // runs on the goroutine that reads
	done   chan struct{}                               // closed when reading has ended

	mu      sync.Mutex // guards all below
	last    int
	waiting map[int]chan bidiMessage
	err     error // why reading has ended
}

// bidiMessage is an answer (with an id), or an event (without one).
type bidiMessage struct {
	Type    string          `json:"type"`
	ID      int             `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   string          `json:"error"`
	Message string          `json:"message"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

func dialBiDi(ctx context.Context, url string, events func(string, json.RawMessage)) (*bidi, error) {
	conn, answer, err := websocket.Dial(ctx, url, nil)
	if answer != nil && answer.Body != nil {
		_ = answer.Body.Close()
	}
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(-1) // pictures are large
	b := &bidi{conn: conn, events: events, done: make(chan struct{}), waiting: map[int]chan bidiMessage{}}
	go b.read()
	return b, nil
}

func (b *bidi) read() {
	defer close(b.done)
	for {
		var m bidiMessage
		err := wsjson.Read(context.Background(), b.conn, &m)
		switch {
		case err != nil:
			b.end(err)
			return
		case m.Type == "event":
			b.events(m.Method, m.Params)
		default:
			b.answer(m)
		}
	}
}

// end fails all commands that wait for an answer.
func (b *bidi) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = fmt.Errorf("the connection to the browser ended: %w", err)
	for id, answer := range b.waiting {
		delete(b.waiting, id)
		close(answer)
	}
}

func (b *bidi) answer(m bidiMessage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if answer, ok := b.waiting[m.ID]; ok {
		delete(b.waiting, m.ID)
		answer <- m
	}
}

// call sends a command and waits for its answer, which it decodes into result unless that is nil.
func (b *bidi) call(ctx context.Context, method string, params, result any) error {
	answer := make(chan bidiMessage, 1) // so that an answer that nobody waits for any more holds up nobody
	b.mu.Lock()
	if b.err != nil {
		b.mu.Unlock()
		return b.err
	}
	b.last++
	id := b.last
	b.waiting[id] = answer
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.waiting, id)
	}()
	if params == nil {
		params = struct{}{}
	}
	// The end of the context would close the connection in the middle of a write, so it does not end this one.
	if err := wsjson.Write(context.WithoutCancel(ctx), b.conn, map[string]any{"id": id, "method": method, "params": params}); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	case m, ok := <-answer:
		if !ok {
			return fmt.Errorf("%s: %w", method, b.failure())
		}
		if m.Type == "error" {
			return fmt.Errorf("%s: %s: %s", method, m.Error, m.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	}
}

func (b *bidi) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// close ends the connection and waits for its goroutine.
func (b *bidi) close() error {
	err := b.conn.CloseNow()
	<-b.done
	return errors.Join(err)
}
