// Package webtest is what tests of whole programs need of a browser: a client that keeps cookies, and the lines of a stream.
package webtest

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"
)

// Browser keeps cookies, which are for all ports of a host, and connections until the test ends, and waits for nothing longer than half a
// minute.
func Browser(tb testing.TB) *http.Client {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	transport := &http.Transport{}
	tb.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport, Timeout: 30 * time.Second}
}

// Read reads an answer to its end.
func Read(tb testing.TB, res *http.Response) string {
	tb.Helper()
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// A Stream gives the lines that a page is sent.
type Stream struct {
	*bufio.Scanner

	tb testing.TB
}

// Follow reads an answer that is a stream. It is closed when the test ends.
func Follow(tb testing.TB, res *http.Response) Stream {
	tb.Helper()
	tb.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		tb.Fatalf("the stream of %s: %s", res.Request.URL, res.Status)
	}
	s := Stream{bufio.NewScanner(res.Body), tb}
	s.Buffer(nil, 1<<20)
	return s
}

// Until reads up to a line with the text.
func (s Stream) Until(text string) {
	s.tb.Helper()
	for s.Scan() {
		if strings.Contains(s.Text(), text) {
			return
		}
	}
	s.tb.Fatalf("the stream ends without %q: %v", text, s.Err())
}

// ToEnd reads until the server ends the stream.
func (s Stream) ToEnd() {
	s.tb.Helper()
	for s.Scan() {
	}
	if err := s.Err(); err != nil {
		s.tb.Errorf("the stream was cut: %v", err)
	}
}
