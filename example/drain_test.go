package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestExitWaitsForNobodyForEver: clients that announce a body and send none, and one that reads nothing, do not keep the
// program from ending well.
func TestExitWaitsForNobodyForEver(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() {
		f := flags{db: filepath.Join(t.TempDir(), "helpdesk.db"), tickets: 5, drain: time.Second}
		done <- run(ctx, f, listener, slog.New(slog.NewTextHandler(t.Output(), nil)))
	}()

	// A page and a stream are refused, so nothing of them is left.
	for _, header := range []string{"Accept: text/html", "Accept: text/event-stream"} {
		conn := dial(t, listener)
		fmt.Fprintf(conn, "GET /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n%s\r\n\r\n", header)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || res.StatusCode != http.StatusBadRequest {
			t.Fatalf("a GET that announces a body: %v %v", res, err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
	}
	// A form is waited for.
	form := dial(t, listener)
	fmt.Fprint(form, "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	if line, err := bufio.NewReader(form).ReadString('\n'); !strings.Contains(line, "100 Continue") {
		t.Fatalf("the form is not waited for: %q %v", line, err)
	}
	// And one asks on and on, until the answers that it does not read hold up the server, and its own questions.
	deaf := dial(t, listener)
	for err == nil {
		if err = deaf.SetWriteDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprint(deaf, "GET /login HTTP/1.1\r\nHost: x\r\n\r\n")
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}

	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("run: %v", err)
		}
	case <-time.After(20 * time.Second): // the drain is a second
		t.Error("the program does not end")
	}
}

func dial(t *testing.T, listener net.Listener) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
