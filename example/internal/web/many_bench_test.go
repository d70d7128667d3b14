package web_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/example/internal/web"
	"github.com/htmxlive/htmxlive/live"
)

// BenchmarkManyPages is the time from a change until 1,500 open pages of one address have read it, and the memory of a page,
// that of its connection and its reader in this process included.
//
//	go test -run '^$' -bench ManyPages -benchtime 20x ./example/internal/web
func BenchmarkManyPages(b *testing.B) {
	for _, path := range []string{"/tickets?results=lose", "/tickets?results=keep", "/tickets/1", "/archive", "/dashboard"} {
		b.Run(strings.Trim(path, "/"), func(b *testing.B) { manyPages(b, path) })
	}
}

func manyPages(b *testing.B, path string) {
	const pages = 1500
	d := openLimited(b, b.TempDir()+"/helpdesk.db", 10_000, live.Limits{StreamsPerSession: pages, StreamsPerUser: pages}, func(*web.Config) {})
	newest := must(d.db.CreateTicket(b.Context(), d.boss, store.Draft{Title: "Watched", Team: d.ann.Team.ID}))
	if path == "/tickets/1" {
		path = fmt.Sprintf("/tickets/%d", newest)
	}
	cookies := loginCookies(b, d)
	before := memory()
	read := make(chan struct{}, pages)
	var readers sync.WaitGroup
	defer readers.Wait()
	for range pages {
		conn, lines := connect(b, d, path, cookies)
		defer conn.Close()
		readers.Go(func() {
			for {
				line, err := lines.ReadSlice('\n')
				if err != nil && len(line) == 0 {
					return
				}
				if string(line) == "\n" { // the end of a message
					read <- struct{}{}
				}
			}
		})
	}
	all := func() {
		for range pages {
			<-read
		}
	}
	all() // the first message
	kept := float64(memory()-before) / pages / 1024
	statuses := store.Statuses()
	n := 0
	var told time.Duration
	for b.Loop() {
		rest := time.NewTimer(1100 * time.Millisecond) // beyond every RefetchWindow, so that it is not measured
		<-rest.C
		n++
		status := string(statuses[n%len(statuses)])
		start := time.Now()
		if err := d.db.UpdateTicket(b.Context(), d.boss, newest, store.Edit{Status: &status}); err != nil {
			b.Fatal(err)
		}
		all()
		told += time.Since(start)
	}
	b.ReportMetric(kept, "KB/page")
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(told.Milliseconds())/float64(n), "ms/change")
}

func memory() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// loginCookies are those of somebody who has logged in.
func loginCookies(b *testing.B, d *desk) string {
	b.Helper()
	res, err := http.DefaultTransport.RoundTrip(must(http.NewRequestWithContext(b.Context(), http.MethodPost,
		fmt.Sprintf("%s/login?agent=%d", d.URL, d.ann.ID), http.NoBody)))
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	var all []string
	for _, c := range res.Cookies() {
		all = append(all, c.Name+"="+c.Value)
	}
	return strings.Join(all, "; ")
}

// connect opens a stream, and reads the headers of its answer.
func connect(b *testing.B, d *desk, path, cookies string) (net.Conn, *bufio.Reader) {
	b.Helper()
	conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", strings.TrimPrefix(d.URL, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: desk\r\nAccept: text/event-stream\r\nCookie: %s\r\n\r\n", path, cookies)
	lines := bufio.NewReaderSize(conn, 1024)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		if line == "\r\n" {
			return conn, lines
		}
	}
}
