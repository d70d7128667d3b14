// Program probe shows one notification to internal/walk, which builds it with -cover: one open stream of a list of two
// rows, and one row that is added to it. What is counted begins with Keeper.Publish and ends when nothing runs any more.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/coverage"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

func main() {
	private := flag.Bool("private", false, "keep the list by a private query instead of a shared one")
	out := flag.String("out", "", "folder for the counters")
	flag.Parse()
	if err := run(*out, *private); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

// settle is how long the program waits for what runs besides the stream: a goroutine that ends, a timer that is set.
const settle = 200 * time.Millisecond

func run(out string, private bool) error {
	debug.SetGCPercent(-1) // a collection empties the pools of memory, and filling one is not the way
	keeper := live.NewKeeper(live.Config{})
	e := echo.New()
	store := sessions.NewCookieStore([]byte("a key for the cookies of a probe"))
	store.Options.HttpOnly, store.Options.SameSite = true, http.SameSiteLaxMode
	e.Use(middleware.Live(keeper, store))
	list := &guests{rows: []guest{{1, "ada"}, {2, "grace"}}}
	e.GET("/", list.handler(keeper, private))
	server := httptest.NewServer(e)
	defer server.Close()
	defer func() { _ = keeper.Close(context.Background()) }()

	lines, err := open(server.URL)
	if err != nil {
		return err
	}
	if err := await(lines, "grace"); err != nil { // what a stream is sent first
		return err
	}
	<-time.NewTimer(settle).C
	list.add(guest{3, "hedy"})
	if err := coverage.ClearCounters(); err != nil {
		return err
	}
	if err := keeper.Publish(context.Background(), "guests"); err != nil {
		return err
	}
	if err := await(lines, "hedy"); err != nil {
		return err
	}
	<-time.NewTimer(settle).C
	return errors.Join(coverage.WriteMetaDir(out), coverage.WriteCountersDir(out))
}

// open begins the stream and returns its lines. The stream ends with the program.
func open(url string) (*bufio.Scanner, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultClient.Do(req) //nolint:bodyclose // it is read until the program ends
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the stream answers %s", res.Status)
	}
	return bufio.NewScanner(res.Body), nil
}

// await reads lines up to the first that contains word.
func await(lines *bufio.Scanner, word string) error {
	for lines.Scan() {
		if strings.Contains(lines.Text(), word) {
			return nil
		}
	}
	return errors.Join(lines.Err(), io.ErrUnexpectedEOF)
}

// guest is one row.
type guest struct {
	ID   int
	Name string
}

// guests is the data of the list.
type guests struct {
	mu   sync.Mutex
	rows []guest
}

func (g *guests) add(row guest) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rows = append(g.rows, row)
}

func (g *guests) all(context.Context) ([]guest, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.rows), nil
}

//nolint:gochecknoglobals // templates are parsed once
var page = template.Must(template.New("page").Parse(`<ul id="guests">{{.Live.Fragment "guests"}}</ul>{{.Live.Connect}}` +
	`{{define "guest"}}<li id="guest-{{.ID}}">{{.Name}}</li>{{end}}`))

// handler is the page: the list, kept by a query that all pages share or by one of its own.
func (g *guests) handler(keeper *live.Keeper, private bool) echo.HandlerFunc {
	query := live.ListQuery[guest, int]{
		Fetch:     g.all,
		Key:       func(row guest) int { return row.ID },
		Subscribe: []string{"guests"},
		Results:   live.ResultsLose, // or an added row would not be shown
		Fragments: []fragment.Fragment{views.New(views.Rows{ID: "guests", Prefix: "guest-", Row: views.Named(page, "guest")})},
	}
	if !private {
		own := query
		query = live.Share(keeper, "guests", func(struct{}) live.ListQuery[guest, int] { return own }).With("everybody", struct{}{})
	}
	return func(c echo.Context) error {
		if _, err := live.KeepList(middleware.Socket(c), "guests", query); err != nil {
			return err
		}
		return middleware.Render(c, http.StatusOK, views.Template(page, "page", nil))
	}
}
