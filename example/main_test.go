package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(beMain) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// beMain in the environment makes the program out of the test, for what only a process of its own can show.
const beMain = "HELPDESK_TEST_IS_MAIN"

// TestRunServesAndDrains starts the program as main does, watches a page, and ends it as SIGTERM does.
func TestRunServesAndDrains(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + listener.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	var log bytes.Buffer
	go func() {
		f := flags{db: filepath.Join(t.TempDir(), "helpdesk.db"), tickets: 50, simulate: 100, drain: 10 * time.Second}
		done <- run(ctx, f, listener, slog.New(slog.NewTextHandler(&log, nil)))
	}()

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Jar: jar, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	if res, err := client.PostForm(base+"/login", url.Values{"agent": {"1"}}); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("login: %v %v", res, err)
	} else if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/tickets?results=lose", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	stream, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()

	// The simulation is busy, so messages come; the end of the program is a retry and the end of the stream, not a cut.
	seen := make([]byte, 64<<10)
	if _, err := io.ReadFull(stream.Body, seen); err != nil {
		t.Fatalf("the stream of a busy list: %v", err)
	}
	stop()
	rest, err := io.ReadAll(stream.Body)
	if err != nil {
		t.Errorf("the stream was cut: %v", err)
	}
	if !strings.Contains(string(rest), "retry: ") {
		t.Errorf("the stream ends without a time to come back after: %q", rest)
	}
	if err := <-done; err != nil {
		t.Errorf("run: %v\n%s", err, &log)
	}
}
