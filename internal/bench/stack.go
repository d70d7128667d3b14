package main

import (
	"context"
	"database/sql"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/sqlite"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// stack is htmxlive whole, as its users build it: an Echo handler, a session, a table of 50 rows from SQLite that all
// pages share and follow, and a change that is committed.
type stack struct {
	*echo.Echo

	data     *tickets
	keeper   *live.Keeper
	counters counters
}

// The table has so many rows, and this is the one that changes.
const (
	tableRows  = 50
	changedRow = 25
)

//nolint:gochecknoglobals // templates are parsed once
var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tickets</title></head><body>
<h1>Tickets</h1>
<table><thead><tr><th>Title<th>Status<th>Priority<th>Assignee<th>Last change</thead>
<tbody id="tickets">{{.Live.Fragment "tickets"}}</tbody></table>
{{.Live.Connect}}
</body></html>
{{define "row"}}<tr id="ticket-{{.ID}}"><td><a href="/tickets/{{.ID}}">{{.Title}}</a></td>` +
	`<td><span class="status {{.Status}}">{{.Status}}</span></td><td>{{.Priority}}</td><td>{{.Assignee}}</td>` +
	`<td>{{.Note}}</td><td data-seq="{{.Change}}"></td></tr>{{end}}`))

func newStack(rowBytes int) (*stack, error) {
	quiet := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	keeper := live.NewKeeper(live.Config{Logger: quiet})
	data, err := openTickets(context.Background(), func(dsn string) (*sql.DB, error) {
		return sqlite.Open(dsn, keeper, sqlite.Columns("tickets", "team"))
	}, rowBytes, 1)
	if err != nil {
		return nil, err
	}
	s := &stack{Echo: echo.New(), data: data, keeper: keeper}
	store := sessions.NewCookieStore([]byte("a key for the cookies of a bench"))
	s.Use(middleware.LiveWithConfig(middleware.Config{Keeper: s.keeper, Store: store, Logger: quiet}))
	rows := ticketRows(&s.counters)
	shared := live.Share(s.keeper, "tickets", func(team int) live.ListQuery[ticket, int64] {
		return live.ListQuery[ticket, int64]{
			Fetch: func(ctx context.Context) ([]ticket, error) {
				s.counters.fetches.Add(1)
				return data.ofTeam(live.Where(ctx, "tickets", "team", team), team)
			},
			FetchKeys: func(ctx context.Context, ids []int64) ([]ticket, error) {
				s.counters.fetches.Add(1)
				return data.ofKeys(live.Where(ctx, "tickets", "team", team), team, ids)
			},
			Key:       func(t ticket) int64 { return t.ID },
			RowsOf:    "tickets",
			Fragments: []fragment.Fragment{rows},
		}
	})
	s.GET("/", func(c echo.Context) error {
		if _, err := live.KeepList(middleware.Socket(c), "tickets", shared.With("everybody", 1)); err != nil {
			return err
		}
		return middleware.Render(c, http.StatusOK, views.Template(page, "page", nil))
	})
	return s, s.warm()
}

// warm loads the page a few times, so that what a program takes once (templates, the database) is not counted for the
// pages that come.
func (s *stack) warm() error {
	for range 2 * connecting {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil))
		if w.Code != http.StatusOK {
			return fmt.Errorf("the page answers %d: %s", w.Code, w.Body)
		}
	}
	return nil
}

// ticketRows is the fragment of the table's rows.
func ticketRows(c *counters) fragment.Fragment {
	row := views.Named(page, "row")
	return views.New(views.Rows{ID: "tickets", Prefix: "ticket-", Row: func(value any) views.Component {
		c.rows.Add(1)
		return row(value)
	}})
}

func (s *stack) publish(seq int) error { return s.data.change(context.Background(), changedRow, seq) }

// notify says that the tickets may have changed.
func (s *stack) notify() error {
	return s.keeper.Publish(context.Background(), "sqlite:"+s.data.path+"/tickets")
}

func (s *stack) close() { s.data.close() }
