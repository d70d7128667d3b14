package web_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
)

// A stream gives the messages of a page, as text.
type stream struct {
	t     *testing.T
	lines *bufio.Scanner
}

// follow opens the stream of a page, as curl -N does. It ends with the test.
func (p *person) follow(path string) *stream {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		cancel()
		res.Body.Close()
	})
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		p.t.Fatalf("the stream of %s: %d %s", path, res.StatusCode, res.Header.Get("Content-Type"))
	}
	s := &stream{t: p.t, lines: bufio.NewScanner(res.Body)}
	s.lines.Buffer(nil, 1<<20)
	return s
}

// next reads the next message. A stream that has none fails the test by its time limit; one that has ended, at
// once.
func (s *stream) next() {
	s.t.Helper()
	hasData := false
	for s.lines.Scan() {
		line := s.lines.Text()
		hasData = hasData || strings.HasPrefix(line, "data: ")
		if line == "" && hasData {
			return
		}
	}
	s.t.Fatalf("the stream has ended: %v", s.lines.Err())
}
