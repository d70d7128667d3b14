package web_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/web"
)

// dial is a connection without an HTTP client on it. Nothing on it takes longer than ten seconds.
func (d *desk) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(d.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestAGETHasNoBody: one that is announced and never sent would hold the answer back, and a stream's place for ever.
func TestAGETHasNoBody(t *testing.T) {
	d := open(t, 5)
	const announced = "Content-Length: 100"
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/login", "/tickets", "/system", "/favicon.ico", "/nothing"} {
		d.mustRefuseBody(t, http.MethodGet, path, announced)
	}
	d.mustRefuseBody(t, http.MethodHead, "/healthz", announced)
	d.mustRefuseBody(t, http.MethodGet, "/healthz", "Transfer-Encoding: chunked")
	d.mustRefuseBody(t, http.MethodGet, "/system", announced+"\r\nAccept: text/event-stream")
	if a := d.visitor(t).send(http.MethodGet, "/healthz", "body=x"); a.code != http.StatusBadRequest {
		t.Errorf("a GET with a whole body: %d", a.code)
	}
}

// mustRefuseBody sends a request without the body that it announces, and fails the test unless it is refused at once.
func (d *desk) mustRefuseBody(t *testing.T, method, path, header string) {
	t.Helper()
	conn := d.dial(t)
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", method, path, header)
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s with %q is not answered: %v", method, path, header, err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusBadRequest || !res.Close || method == http.MethodGet && !strings.Contains(string(text), "has no body") {
		t.Errorf("%s %s with %q: %d (close: %t), want 400 with a sentence: %s", method, path, header, res.StatusCode, res.Close, text)
	}
	if _, err := conn.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s %s with %q: the connection stays open", method, path, header)
	}
}

// TestABodyThatNeverComesEnds: it is waited for, but not for ever, whatever the method and the path.
func TestABodyThatNeverComesEnds(t *testing.T) {
	d := openWith(t, 5, func(c *web.Config) { c.BodyTime = 50 * time.Millisecond })
	for _, request := range []string{"POST /login", "POST /tickets", "PUT /tickets", "DELETE /healthz", "BREW /nothing"} {
		conn := d.dial(t)
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n", request)
		if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s without its body holds the connection", request)
		}
	}
}

// TestAnAnswerThatIsNeverReadEnds: a client asks on and on and reads nothing. Sooner or later the server has to wait for it.
// The socket is a unix one: its buffers are small and of one size, while those of TCP grow to megabytes.
func TestAnAnswerThatIsNeverReadEnds(t *testing.T) {
	d := openWith(t, 5, func(c *web.Config) { c.AnswerTime = 50 * time.Millisecond })
	socket := filepath.Join(t.TempDir(), "http")
	server := httptest.NewUnstartedServer(d.Config.Handler)
	server.Listener.Close()
	var err error
	if server.Listener, err = (&net.ListenConfig{}).Listen(t.Context(), "unix", socket); err != nil {
		t.Fatal(err)
	}
	server.Start()
	defer server.Close()
	for _, path := range []string{"/login", "/metrics", "/assets/app.css", "/nothing"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("answers to %s are held for a client that does not read them", path)
		}
	}
}

// TestDeadlinesOfAnswersHurtNoStream: neither its own, nor one that a connection has from the answer before.
func TestDeadlinesOfAnswersHurtNoStream(t *testing.T) {
	d := openWith(t, 5, func(c *web.Config) { c.AnswerTime, c.BodyTime = 10*time.Millisecond, 10*time.Millisecond })
	ann := d.as(t, d.ann)
	s := ann.follow("/system")
	for range 3 { // a second each
		s.next()
	}
	ann.get("/healthz").mustHave(t, "ok")
}
