package adaptertest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

func testLimits(t *testing.T, face Face) {
	s := settings{limits: live.Limits{Streams: 4, StreamsPerSession: 2}}
	s.MaxURL, s.MaxParams = 1000, 10
	a := newApp(t, face, s)
	p := a.person()
	for _, headers := range [][]string{nil, {"HX-Request", "true", "HX-Live", "page"}, {"Accept", "text/event-stream"}} {
		if res := p.get("/notes?"+strings.Repeat("x&", 11), headers...); res.StatusCode != http.StatusBadRequest {
			t.Errorf("eleven parameters, %v: %d", headers, res.StatusCode)
		}
		for what, query := range map[string]string{
			"a long address":                     "q=" + strings.Repeat("x", 1000),
			"a long address of one parameter":    "x" + strings.Repeat("&", 1000),
			"one that the page would write long": "q=" + strings.Repeat("(", 400),
		} {
			res := p.send("/notes?"+query, headers...)
			_ = res.Body.Close() // it may be a stream's, if it is not refused
			if res.StatusCode != http.StatusRequestURITooLong {
				t.Errorf("%s, %v: %d", what, headers, res.StatusCode)
			}
		}
	}
	for query, want := range map[string]int{strings.Repeat("x&", 11): http.StatusBadRequest, "q=" + strings.Repeat("x", 1000): http.StatusRequestURITooLong} {
		if res := p.head("/notes?" + query); res.StatusCode != want { // it runs the handler as its GET does
			t.Errorf("a HEAD of %d bytes: %d", len(query), res.StatusCode)
		}
	}
	// A page that is served has a stream: a token is no part of the limits.
	for _, query := range []string{"q=" + strings.Repeat("(", 300), strings.Repeat("x=1&", 9) + "x=1", "x&&&&&&&&&&&&"} {
		p := newApp(t, face, s).person()
		p.stream(ConnectURL(t, p.get("/notes?"+query).html)).Next()
	}
	newApp(t, face, s).person().stream("/notes?live=" + strings.Repeat("A", 3000) + "&q=" + strings.Repeat("x", 900)).Next()
	connect := ConnectURL(t, p.get("/notes").html)
	p.stream(connect).Next()
	p.stream(connect).Next()
	if res := p.get("/notes", "Accept", "text/event-stream"); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("too many of a session: %d", res.StatusCode)
	}
	other := a.person()
	connect = ConnectURL(t, other.get("/notes").html)
	other.stream(connect).Next()
	other.stream(connect).Next()
	other = a.person()
	connect = ConnectURL(t, other.get("/notes").html)
	if ev := other.stream(connect).Rest(); ev.Retry == "" || ev.Data != "" {
		t.Errorf("too many of a node: %+v", ev)
	}
}

// testBodies: a body that never comes would hold the stream for ever.
func testBodies(t *testing.T, face Face) {
	a := newApp(t, face, settings{})
	for _, request := range []string{
		"/notes HTTP/1.1\r\nAccept: text/event-stream\r\nContent-Length: 100", "/notes HTTP/1.1\r\nAccept: text/html\r\nContent-Length: 100",
		"/htmxlive.js HTTP/1.1\r\nContent-Length: 100", "/htmxlive.js HTTP/1.1\r\nTransfer-Encoding: chunked",
		"/notes?" + strings.Repeat("x&", 300) + " HTTP/1.1\r\nContent-Length: 100",
	} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", a.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "GET %s\r\nHost: x\r\n\r\n", request)
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(conn)
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("%s: %v", request, err)
		}
		if _, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusBadRequest || !res.Close {
			t.Errorf("%s: %d, close %t, %v", request, res.StatusCode, res.Close, err)
		}
		_ = res.Body.Close()
		if _, err := r.ReadByte(); err != io.EOF {
			t.Errorf("%s: the server waits for the body: %v", request, err)
		}
	}
}

// testKickBeforeTheHandler: a stream that has passed its guard, before its handler has asked for the socket.
func testKickBeforeTheHandler(t *testing.T, face Face) {
	waiting, kicked := make(chan struct{}), make(chan struct{})
	var a *app
	a = newApp(t, face, settings{}, Route{Path: "/slow", Handle: func(c Call) error {
		close(waiting)
		<-kicked
		if err := a.keep(c.Socket()); err != nil {
			return err
		}
		return c.Render(http.StatusOK, page("page"))
	}})
	p := a.person()
	p.get("/login")
	go func() {
		<-waiting
		if err := a.keeper.KickUser(t.Context(), "ada"); err != nil {
			t.Error(err)
		}
		close(kicked)
	}()
	if ev := p.stream("/slow").Next(); !strings.Contains(ev.Data, "delete:#live") {
		t.Errorf("the stream of a user who was kicked says %+v", ev)
	}
}
