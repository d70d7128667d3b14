package middleware_test

import (
	"bufio"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// guest is a row of the example's data.
type guest struct {
	ID   int
	Name string
}

// book is where the example keeps them.
type guestbook struct {
	mu     sync.Mutex
	guests []guest
}

func (g *guestbook) All(context.Context) ([]guest, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.guests), nil
}

func (g *guestbook) Add(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.guests = append(g.guests, guest{len(g.guests) + 1, name})
}

var (
	db    = &guestbook{guests: []guest{{1, "ada"}}}
	store = cookies()
)

func guestID(g guest) int { return g.ID }

var page = template.Must(template.New("page").Parse(`<script src="/htmx.min.js"></script><script src="/sse.min.js"></script>
	<ul id="guests">{{.Live.Fragment "guests"}}</ul>{{.Live.Connect}}{{define "guest"}}<li id="guest-{{.ID}}">{{.Name}}</li>{{end}}`))

func routes(e *echo.Echo, keeper *live.Keeper) {
	e.Use(middleware.Live(keeper, store)) // any gorilla/sessions store
	rows := views.New(views.Rows{ID: "guests", Prefix: "guest-", Row: views.Named(page, "guest")})
	guests := live.ListQuery[guest, int]{Fetch: db.All, Key: guestID, Subscribe: []string{"guests"}, Fragments: []fragment.Fragment{rows}, Results: live.ResultsLose}
	e.GET("/", func(c echo.Context) error {
		if _, err := live.KeepList(middleware.Socket(c), "guests", guests); err != nil {
			return err
		}
		return middleware.Render(c, http.StatusOK, views.Template(page, "page", nil))
	})
	e.POST("/", func(c echo.Context) error {
		db.Add(c.FormValue("name"))
		return keeper.Publish(c.Request().Context(), "guests") // every open page follows
	})
}

func Example() {
	keeper := live.NewKeeper(live.Config{})
	e := echo.New()
	routes(e, keeper)
	server := httptest.NewServer(e)
	defer server.Close()
	defer func() { _ = keeper.Close(context.Background()) }()

	// curl -N -H 'Accept: text/event-stream' http://127.0.0.1:8080/
	req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, server.URL, http.NoBody)
	req.Header.Set("Accept", "text/event-stream")
	stream, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = stream.Body.Close() }()
	lines := bufio.NewScanner(stream.Body)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		fmt.Println(data)
		if strings.Contains(data, "grace") {
			return
		}
		if res, err := http.PostForm(server.URL, url.Values{"name": {"grace"}}); err == nil {
			_ = res.Body.Close()
		}
	}
	// Output:
	// <div hx-swap-oob="innerHTML:#guests" data-live="whole"><li id="guest-1">ada</li></div>
	// <div hx-swap-oob="afterend:#guest-1"><li id="guest-2">grace</li></div>
}
