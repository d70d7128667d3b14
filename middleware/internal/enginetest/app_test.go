package enginetest_test

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

// secret signs what outlives a restart.
var secret = []byte("0123456789abcdef0123456789abcdef")

var (
	tmpl = template.Must(template.New("").Parse(`
{{define "book"}}<!doctype html><html lang="en"><head><title>Notes</title><link rel="icon" href="data:,">{{.Live.Scripts}}</head><body>
<main id="main"><h1>Notes</h1><p id="live-status"></p>
<p><a id="file" href="/file">Export</a> <a id="nothing" href="/nothing">Nothing</a></p>
<ul id="rows">{{.Live.Fragment "rows"}}</ul>{{.Live.Fragment "pages"}}</main>
{{.Live.Connect}}</body></html>{{end}}
{{define "moving"}}<!doctype html><html lang="en"><head><title>Notes</title><link rel="icon" href="data:,">{{.Live.Scripts}}</head><body>
<p id="live-status"></p><ul id="rows">{{.Live.Fragment "rows"}}</ul>{{.Live.Connect}}</body></html>{{end}}
{{define "row"}}<li id="row-{{.ID}}"><span class="text">{{.Text}}</span>
<button id="press-{{.ID}}" type="button" hx-post="/press" hx-swap="none">Press {{.Text}}</button>
<input id="field-{{.ID}}" aria-label="Field" value=""><select id="choice-{{.ID}}" aria-label="Choice"><option>one</option><option>two</option></select>
<details id="details-{{.ID}}"><summary>More</summary><p>{{.Text}}</p></details>
<dialog id="dialog-{{.ID}}"><p>{{.Text}}</p></dialog><div id="popover-{{.ID}}" popover="manual">{{.Text}}</div></li>{{end}}`))
	fragments = []fragment.Fragment{
		views.New(views.Rows{ID: "rows", Prefix: "row-", Row: views.Named(tmpl, "row")}),
		views.New(views.Pager{ID: "pages"}),
	}
	pages = paging.MustNew[note](paging.Config{
		Name: "notes", Dialect: paging.InMemory, Limit: 3, Codec: paging.RandomCodec(),
		Sorts: []paging.Sort{{Name: "id", Keys: paging.Keys("-id")}},
	})
)

type note struct {
	ID   int `db:"id"`
	Text string
}

// app is a running application with one live page, a paged list of notes, the newest first.
type app struct {
	url    string
	client views.Client
	stream sse.Config
	echo   *echo.Echo // of this run
	keeper *live.Keeper
	server *httptest.Server

	mu      sync.Mutex // guards all below
	rows    []note
	pressed int
	lag     time.Duration
	busy    bool                     // no stream is opened
	streams map[*http.Request]string // open ones: the address of the page that each follows
	begun   []*strings.Builder       // what all streams have sent, in the order in which they began
}

// run starts an application with eight notes, for pages of one generation of htmx.
func run(t *testing.T, client views.Client, stream sse.Config) *app {
	t.Helper()
	a := &app{client: client, stream: stream, streams: map[*http.Request]string{}}
	for id := 1; id <= 8; id++ {
		a.rows = append(a.rows, note{id, fmt.Sprint("note ", id)})
	}
	a.start(t, "127.0.0.1:0")
	t.Cleanup(func() { a.stop(t) })
	return a
}

// start serves at an address, as a new process would: nothing but the keys is remembered.
func (a *app) start(t *testing.T, address string) {
	t.Helper()
	a.keeper = live.NewKeeper(live.Config{})
	a.echo = echo.New()
	a.echo.Use(middleware.LiveWithConfig(middleware.Config{
		Keeper: a.keeper, Store: middleware.CookieStore(secret), Keys: [][]byte{secret},
		Client: func(echo.Context) views.Client { return a.client }, Scripts: views.Scripts{Base: "/js/"}, Stream: a.stream,
	}))
	a.echo.GET("/", a.show)
	a.echo.GET("/moving", a.moving)
	a.echo.POST("/press", a.press)
	a.echo.POST("/logout", func(c echo.Context) error {
		if err := middleware.Revoke(c); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	})
	a.echo.GET("/file", func(c echo.Context) error {
		c.Response().Header().Set("Content-Disposition", `attachment; filename="notes.csv"`)
		return c.Blob(http.StatusOK, "text/csv", []byte("1,note\n"))
	})
	a.echo.GET("/nothing", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	a.echo.GET("/plain", func(c echo.Context) error {
		return c.HTML(http.StatusOK, `<!doctype html><link rel="icon" href="data:,"><p>Nothing is live here.</p>`)
	})
	a.files(t)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	a.server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: a.watch(a.echo)}}
	a.server.Start()
	a.url = a.server.URL
}

// files serves what the pages load.
func (a *app) files(t *testing.T) {
	t.Helper()
	dir, err := nodemodules.Dir()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range a.client.Files() {
		name, rest, _ := strings.Cut(file, "/")
		a.echo.File("/js/"+file, filepath.Join(dir, name, "dist", filepath.FromSlash(rest)))
	}
}

// stop ends the process: its streams are cut.
func (a *app) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	if err := a.keeper.Close(ctx); err != nil {
		t.Errorf("close keeper: %v", err)
	}
	a.server.CloseClientConnections()
	a.server.Close()
}

// cut ends all connections, as a network does.
func (a *app) cut() { a.server.CloseClientConnections() }

// restart is a crash and a new process at the same address, with a change in between that nobody is notified of.
func (a *app) restart(t *testing.T, meanwhile func()) {
	t.Helper()
	a.stop(t)
	meanwhile()
	a.start(t, strings.TrimPrefix(a.url, "http://"))
}

func (a *app) show(c echo.Context) error {
	a.wait(c.Request().Context())
	_, err := live.KeepPage(middleware.Socket(c), "notes", live.PageQuery[note, int]{
		Fetch: func(_ context.Context, o paging.Options) (paging.Page[note], error) {
			return pages.Slice(o, a.list(), func(n note) any { return n.ID })
		},
		Key: func(n note) int { return n.ID }, Paging: pages, Subscribe: []string{"notes"}, Fragments: fragments,
	})
	if err != nil {
		return err
	}
	return middleware.Render(c, http.StatusOK, views.Template(tmpl, "book", nil))
}

var rowID = regexp.MustCompile(`<li id="(row-\d+)"`)

// rowsAt are the rows that a load of that address shows.
func (a *app) rowsAt(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := a.server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, match := range rowID.FindAllStringSubmatch(string(body), -1) {
		rows = append(rows, match[1])
	}
	return strings.Join(rows, " ")
}

// slow makes every answer of the page take that long.
func (a *app) slow(lag time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lag = lag
}

func (a *app) wait(ctx context.Context) {
	a.mu.Lock()
	lag := time.NewTimer(a.lag)
	a.mu.Unlock()
	defer lag.Stop()
	select {
	case <-ctx.Done():
	case <-lag.C:
	}
}

func (a *app) list() []note {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.rows)
}

// set changes a note without telling anybody.
func (a *app) set(id int, text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := slices.IndexFunc(a.rows, func(n note) bool { return n.ID == id })
	a.rows[at].Text = text
}

// change changes a note and publishes it.
func (a *app) change(t *testing.T, id int, text string) {
	t.Helper()
	a.set(id, text)
	if err := a.keeper.Publish(context.WithoutCancel(t.Context()), "notes"); err != nil {
		t.Error(err)
	}
}

func (a *app) press(c echo.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pressed++
	return c.NoContent(http.StatusNoContent)
}

// presses is how many clicks reached the server.
func (a *app) presses() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pressed
}

// refuse makes the server too busy for streams, or not any more.
func (a *app) refuse(busy bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy = busy
}

// watch takes note of the streams that are open.
func (a *app) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		busy := a.busy
		a.mu.Unlock()
		if busy && r.URL.Query().Has("live") {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		defer a.ended(r)
		next.ServeHTTP(&watchedWriter{ResponseWriter: w, app: a, request: r}, r)
	})
}

func (a *app) began(r *http.Request) *strings.Builder {
	query := r.URL.Query()
	query.Del("live") // the token
	sent := &strings.Builder{}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.streams[r] = query.Encode()
	a.begun = append(a.begun, sent)
	return sent
}

func (a *app) ended(r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.streams, r)
}

// followed is the query of the page that each open stream follows.
func (a *app) followed() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := make([]string, 0, len(a.streams))
	for _, query := range a.streams {
		all = append(all, query)
	}
	return all
}

// sent is what each stream so far has sent.
func (a *app) sent() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := make([]string, 0, len(a.begun))
	for _, sent := range a.begun {
		all = append(all, sent.String())
	}
	return all
}

// watchedWriter sees when an answer begins to be a stream, and what it sends then.
type watchedWriter struct {
	http.ResponseWriter

	app     *app
	request *http.Request
	sent    *strings.Builder // of a stream
}

func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watchedWriter) WriteHeader(status int) {
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream") {
		w.sent = w.app.began(w.request)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watchedWriter) Write(b []byte) (int, error) {
	if w.sent != nil {
		w.app.mu.Lock()
		w.sent.Write(b)
		w.app.mu.Unlock()
	}
	return w.ResponseWriter.Write(b)
}
