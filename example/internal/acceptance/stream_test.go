package acceptance_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/r3labs/sse/v2"

	"github.com/htmxlive/htmxlive/internal/eventsource"
)

// TestEveryPageIsAStream reads the four pages of the contract byte by byte: all at first, then exactly what changes.
func TestEveryPageIsAStream(t *testing.T) {
	d := startDesk(t, 60)
	boss, agent := d.login(t, admin), d.login(t, billing)
	id := boss.create(t, "Watched by programs")
	streams := map[string]*wire{}
	for path, parts := range map[string][]string{
		"/tickets?limit=8": {`id="ticket-rows"`, "ticket-pages", "tickets-new"}, "/archive?limit=8": {`archive-rows`, "archive-pages", "archive-count"},
		"/tickets/" + id: {`id="ticket-main"`, `id="ticket-facts"`, "comments"}, "/dashboard": {`id="counts"`, `id="hours"`, `id="hours-axis"`, `id="teams"`},
	} {
		w := agent.curl(t, path)
		streams[path] = w
		first := w.next()
		for _, part := range parts {
			if !strings.Contains(first.data, strings.TrimSuffix(strings.TrimPrefix(part, `id="`), `"`)) {
				t.Errorf("the first message of %s lacks %s: %s", path, part, first.data)
			}
		}
		if rows := strings.Count(first.data, " data-id="); strings.Contains(path, "limit=8") && rows != 8 {
			t.Errorf("the first message of %s has %d rows, want 8", path, rows)
		}
		if first.id == "" {
			t.Errorf("the first message of %s has no id", path)
		}
	}

	for _, status := range []string{"pending", "solved", "closed", "open"} {
		d.disturb(t, boss)
		boss.must(t, "/tickets/"+id, "status", status)
		for path, w := range streams {
			checkOneChange(t, path, id, status, w.next())
		}
	}
}

// disturb makes everything refetch, and nothing look different.
func (d *desk) disturb(t *testing.T, boss *person) {
	t.Helper()
	before := d.keeper.Stats().Fetches
	boss.must(t, "/tickets", "title", "None of your business", "team", "2")
	d.keeper.Resync()
	const queries = 5 // one of each page, and two of the ticket's
	eventually(t, "everything to be fetched again", func() bool { return d.keeper.Stats().Fetches >= before+queries })
}

func checkOneChange(t *testing.T, path, id, status string, e event) {
	t.Helper()
	row, rows := `id="ticket-`+id+`"`, strings.Count(e.data, "<tr")
	var ok bool
	switch path {
	case "/dashboard":
		ok = strings.Contains(e.data, `id="counts"`) && strings.Contains(e.data, `id="teams"`) && !strings.Contains(e.data, `id="hours"`)
	case "/tickets/" + id:
		ok = strings.Contains(e.data, `id="ticket-facts"`) && strings.Contains(e.data, ">"+status+"<") &&
			!strings.Contains(e.data, "ticket-main") && !strings.Contains(e.data, "comment")
	default:
		ok = rows == 1 && strings.Contains(e.data, row) && strings.Contains(e.data, ">"+status+"<") && !strings.Contains(e.data, "pages")
	}
	if !ok {
		t.Errorf("%s gets more or less than the change to %s: %s", path, status, e.raw)
	}
}

func TestStreamsNeedALogin(t *testing.T) {
	d := startDesk(t, 20)
	nobody := &person{desk: d, client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	t.Cleanup(nobody.client.CloseIdleConnections)
	for _, path := range []string{"/tickets", "/tickets/1", "/archive", "/dashboard", "/system", "/debug/live"} {
		res, err := nobody.get(t.Context(), path, "Accept", "text/event-stream")
		if err != nil || res.StatusCode != http.StatusUnauthorized || strings.Contains(res.html, "data-id") {
			t.Errorf("the stream of %s without a login: %v %v", path, res.Response, err)
		}
	}
	if n := d.keeper.Stats().Streams; n != 0 {
		t.Errorf("%d streams are open", n)
	}
}

// TestStreamsOfATeam listens as an agent to whatever happens to the tickets of the others.
func TestStreamsOfATeam(t *testing.T) {
	d := startDesk(t, 60)
	boss, agent := d.login(t, admin), d.login(t, other)
	made := func(team, title string) string {
		_, id, _ := strings.Cut(boss.must(t, "/tickets", "title", title, "body", "Secret body", "team", team), "/tickets/")
		return id
	}
	theirs, ours := made("1", "Secret of Billing"), made("3", "Ours")
	streams := []*wire{agent.curl(t, "/tickets?results=lose&limit=5"), agent.curl(t, "/tickets?limit=5&q=secret"), agent.curl(t, "/archive?limit=5"), agent.curl(t, "/dashboard")}
	for _, w := range streams {
		w.next()
	}
	list := streams[0]

	boss.must(t, "/tickets/"+theirs, "status", "pending", "title", "Secret of Billing, changed")
	boss.must(t, "/tickets/"+theirs+"/comments", "body", "Secret comment")
	theirs2 := made("2", "Secret of Technical")
	boss.must(t, "/tickets/"+theirs2+"/delete")
	boss.must(t, "/tickets/"+ours, "title", "Ours, changed")
	if e := list.next(); !strings.Contains(e.data, "Ours, changed") || strings.Count(e.data, "<tr") != 1 {
		t.Errorf("the agent's list gets %s", e.data)
	}
	boss.must(t, "/tickets/"+ours, "team", "1") // leaves, with a title that is not the agent's to know any more
	boss.must(t, "/tickets/"+ours, "title", "Secret since it moved")
	if e := list.next(); !strings.Contains(e.data, "delete:#ticket-"+ours) {
		t.Errorf("a ticket that moved away is not taken from the list: %s", e.data)
	}
	boss.must(t, "/tickets/"+theirs, "title", "Shared at last", "team", "3")
	if e := list.next(); !strings.Contains(e.data, `id="ticket-`+theirs+`"`) {
		t.Errorf("a ticket that moved here does not appear: %s", e.data)
	}
	for _, w := range streams[2:] {
		w.next()
	}
	for _, w := range streams {
		if strings.Contains(w.seen.String(), "Secret") {
			t.Errorf("%s told an agent of another team's ticket: %s", w.path, w.seen.String())
		}
	}
	for _, path := range []string{"/tickets/" + ours, "/debug/live"} {
		if res, err := agent.get(t.Context(), path, "Accept", "text/event-stream"); err != nil || res.StatusCode != http.StatusForbidden {
			t.Errorf("the stream of %s: %v %v, want 403", path, res.Response, err)
		}
	}
}

// TestClientsOfOthers reads one page with three clients that we did not write, or hardly: all hear the same.
func TestClientsOfOthers(t *testing.T) {
	d := startDesk(t, 40)
	boss, agent := d.login(t, admin), d.login(t, billing)
	id := boss.create(t, "Read by all kinds")
	const path = "/tickets?limit=5"
	cookie := agent.cookies(t)[0].String()

	ours := agent.curl(t, path)
	whatwg := eventsource.Open(t, d.url(path), http.Header{"Cookie": {cookie}})
	heard := r3labs(t, d.url(path), cookie)
	same := func(holds string) {
		t.Helper()
		want := ours.next()
		if !strings.Contains(want.data, holds) {
			t.Errorf("the stream says %s, which lacks %q", want.data, holds)
		}
		if got := whatwg.Message(); got.Data != want.data || got.Name != "message" || got.ID == "" {
			t.Errorf("npm's eventsource hears %+v\nand we %+v", got, want)
		}
		select {
		case got := <-heard:
			if string(got.Data) != want.data || len(got.ID) == 0 {
				t.Errorf("r3labs' client hears %s %s\nand we %+v", got.ID, got.Data, want)
			}
		case <-t.Context().Done():
		}
	}
	same("Read by all kinds")
	for i := range 3 {
		title := fmt.Sprintf("Line\rone\r\nand <%d> & “more”", i)
		boss.must(t, "/tickets/"+id, "title", title)
		same(fmt.Sprintf("&lt;%d&gt; &amp; “more”", i))
	}
	before := boss.create(t, "One that is held back")
	same("1 new")
	boss.must(t, "/tickets/"+before+"/delete")
	same("tickets-new")
}

// r3labs is what r3labs' own client hears.
func r3labs(t *testing.T, url, cookie string) <-chan *sse.Event {
	t.Helper()
	transport := &http.Transport{}
	client := sse.NewClient(url)
	client.Connection = &http.Client{Transport: transport}
	client.Headers["Cookie"] = cookie
	ctx, cancel := context.WithCancel(t.Context())
	heard, done := make(chan *sse.Event), make(chan struct{})
	go func() {
		defer close(done)
		_ = client.SubscribeRawWithContext(ctx, func(e *sse.Event) { // ends with the context, which is its error
			if len(e.Data) == 0 || len(e.Event) > 0 { // an id alone, or a heartbeat
				return
			}
			select {
			case heard <- e:
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		transport.CloseIdleConnections()
	})
	return heard
}
