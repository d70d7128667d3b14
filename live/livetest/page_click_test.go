package livetest_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/views"
)

// echoing is a page with one link of these attributes, and answers that say what they were asked.
func echoing(client views.Client, link string, header http.Header) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<title>Page</title><body><div id="box" hx-target="#target" hx-push-url="true"><a id="link" %s>Go</a></div>
			<p id="target">old</p><p id="other">old</p>%s`, link, client.Connect("live", "/stream"))
	})
	mux.HandleFunc("GET /stream", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_ = say(w, ":")
		<-r.Context().Done()
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), header)
		var said []string
		for _, name := range []string{"HX-Request", "HX-Boosted", "HX-Current-URL", "HX-Target", "HX-Trigger", "HX-Source", "HX-Request-Type", "Referer", "Sec-Fetch-Site", "Origin"} {
			if v := r.Header.Get(name); v != "" {
				said = append(said, name+"="+v)
			}
		}
		fmt.Fprintf(w, "<title>New</title><b id=said>%s %s %s</b>", r.Method, r.URL.RequestURI(), strings.Join(said, " "))
	})
	return mux
}

func TestWhatAClickAsks(t *testing.T) {
	const here = "http://app.example/page"
	for name, c := range map[string]struct {
		client     views.Client
		link, want string
	}{
		"plain":     {views.HTMX2, `href="to?a=b#c"`, "GET /to?a=b Referer=" + here + " Sec-Fetch-Site=same-origin"},
		"htmx 1":    {views.HTMX1, `href="/x" hx-get="/to"`, "GET /to HX-Request=true HX-Current-URL=" + here + " HX-Target=target HX-Trigger=link Sec-Fetch-Site=same-origin"},
		"htmx 1b":   {views.HTMX1B, `hx-delete="/to"`, "DELETE /to HX-Request=true HX-Current-URL=" + here + " HX-Target=target HX-Trigger=link Sec-Fetch-Site=same-origin Origin=http://app.example"},
		"htmx 2":    {views.HTMX2, `hx-post="/to" hx-target="this"`, "POST /to HX-Request=true HX-Current-URL=" + here + " HX-Target=link HX-Trigger=link Sec-Fetch-Site=same-origin Origin=http://app.example"},
		"htmx 4":    {views.HTMX4, `hx-get="/to" hx-target="closest div"`, "GET /to HX-Request=true HX-Current-URL=" + here + " HX-Target=div#box HX-Source=a#link HX-Request-Type=partial Sec-Fetch-Site=same-origin"},
		"boosted 2": {views.HTMX2, `href="/to" hx-boost="true"`, "GET /to HX-Request=true HX-Boosted=true HX-Current-URL=" + here + " HX-Trigger=link Sec-Fetch-Site=same-origin"},
		"boosted 4": {views.HTMX4, `href="/to" hx-boost="true"`, "GET /to HX-Request=true HX-Boosted=true HX-Current-URL=" + here + " HX-Target=body HX-Source=a#link HX-Request-Type=full Sec-Fetch-Site=same-origin"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubbleAndOutside(t, func(t *testing.T) {
				p := livetest.Open(t, echoing(c.client, c.link, nil), "/page")
				p.Click("Go")
				if got := p.Text("said"); got != c.want {
					t.Errorf("the click asks\n%s, want\n%s", got, c.want)
				}
			})
		})
	}
}

func TestWhereAnAnswerGoes(t *testing.T) {
	const link = `hx-get="/to"`
	for name, c := range map[string]struct {
		client views.Client
		link   string
		header http.Header
		url    string
		title  string
		in     string // the element that holds the answer
	}{
		"inherited target":     {link: link, url: "/to", title: "New", in: "target"},
		"nothing inherited":    {client: views.HTMX4, link: link, url: "/page", title: "New", in: "link"},
		"inherited by name":    {client: views.HTMX4, link: link + ` hx-target="#other" hx-replace-url="/there"`, url: "/there", title: "New", in: "other"},
		"no push":              {link: link + ` hx-push-url="false"`, url: "/page", title: "New", in: "target"},
		"no swap":              {link: link + ` hx-swap="none"`, url: "/to", title: "New"},
		"swap beside":          {link: link + ` hx-swap="beforeend settle:0s" hx-target="#box"`, url: "/to", title: "New", in: "box"},
		"pushed by the answer": {link: link, header: http.Header{"Hx-Push-Url": {"/pushed?a=b"}}, url: "/pushed?a=b", title: "New", in: "target"},
		"aimed by the answer":  {link: link, header: http.Header{"Hx-Retarget": {"#other"}}, url: "/to", title: "New", in: "other"},
		"swapped by the answer": {
			link: link, header: http.Header{"Hx-Reswap": {"none"}}, url: "/to", title: "New",
		},
		"redirected":  {link: link, header: http.Header{"Hx-Redirect": {"/page"}}, url: "/page", title: "Page"},
		"located":     {link: link, header: http.Header{"Hx-Location": {"/page"}}, url: "/page", title: "Page"},
		"refreshed":   {link: link, header: http.Header{"Hx-Refresh": {"true"}}, url: "/page", title: "Page"},
		"boosted":     {link: `href="/to" hx-boost="true"`, url: "/to", title: "New", in: "said"},
		"plain links": {link: `href="/to"`, url: "/to", title: "New", in: "said"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubbleAndOutside(t, func(t *testing.T) {
				p := livetest.Open(t, echoing(cmp.Or(c.client, views.HTMX2), c.link, c.header), "/page")
				p.Click("#link")
				if p.URL() != c.url || p.Title() != c.title {
					t.Errorf("the page is %q at %s, want %q at %s", p.Title(), p.URL(), c.title, c.url)
				}
				if p.Has("said") != (c.in != "") || c.in != "" && !strings.Contains(p.HTML(c.in), "GET /to") {
					t.Errorf("the answer is not in %q: %s", c.in, p.Body())
				}
			})
		})
	}
}
