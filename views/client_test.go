package views_test

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/htmldom"
	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/views"
)

// The connect elements that were seen to work, and the same as out-of-band swaps.
func TestConnect(t *testing.T) {
	for client, want := range map[views.Client]string{
		"1":  `<div id="live"%s hx-ext="sse" sse-connect="/a?b=1&amp;c=2" sse-swap="message" hx-swap="none"></div>`,
		"1b": `<div id="live"%s hx-sse="connect:/a?b=1&amp;c=2 swap:message" hx-swap="none"></div>`,
		"2":  `<div id="live"%s hx-ext="sse" sse-connect="/a?b=1&amp;c=2" sse-swap="message" hx-swap="none"></div>`,
		"4":  `<div id="live"%s hx-sse:connect="/a?b=1&amp;c=2" hx-trigger="load, every 5s" hx-sync="this:drop" hx-swap="none"></div>`,
	} {
		if got, want := string(client.Connect("live", "/a?b=1&c=2")), fmt.Sprintf(want, ""); got != want {
			t.Errorf("%s connects with\n%s\nwant\n%s", client, got, want)
		}
		if got, want := string(client.Reconnect("live", "/a?b=1&c=2")), fmt.Sprintf(want, ` hx-swap-oob="true"`); got != want {
			t.Errorf("%s reconnects with\n%s\nwant\n%s", client, got, want)
		}
	}
	if got, want := string(views.Disconnect("live")), `<div hx-swap-oob="delete:#live"></div>`; got != want {
		t.Errorf("the stream ends with %s, want %s", got, want)
	}
}

// A URL cannot leave its attribute, nor bring a word of its own into one that holds words.
func TestConnectEscapesTheURL(t *testing.T) {
	const url = "/a?q=\"><script> swap:evil\n\t'&<\x00"
	for _, client := range views.Clients() {
		element := parse(t, string(client.Connect("live", url))).ByID("live")[0]
		if element.PrevSibling != nil || element.NextSibling != nil || element.FirstChild != nil {
			t.Fatalf("%s: %s is more than one element", client, client.Connect("live", url))
		}
		var value string
		for _, name := range []string{"hx-sse", "sse-connect", "hx-sse:connect"} {
			value += htmldom.Attr(element, name)
		}
		value = strings.TrimSuffix(strings.TrimPrefix(value, "connect:"), " swap:message")
		if want := `/a?q="><script>%20swap:evil%0A%09'&<%00`; value != want {
			t.Errorf("%s connects to %q, want %q", client, value, want)
		}
	}
}

func TestScripts(t *testing.T) {
	for client, want := range map[views.Client]string{
		"1b": `<meta name="htmx-config" content='{"historyCacheSize":0,"refreshOnHistoryMiss":true,"defaultSettleDelay":0,"includeIndicatorStyles":false,"allowEval":false}'>
<script src="/static/htmx1/htmx.min.js" defer nonce="a&#34;b"></script>
<script src="/static/htmxlive.js" defer nonce="a&#34;b"></script>
`,
		// Not deferred: htmx 4 would start now and then before its extension is there.
		"4": `<meta name="htmx-config" content='{"history":"reload","defaultSettleDelay":0}'>
<script src="/static/htmx4/htmx.min.js" nonce="a&#34;b"></script>
<script src="/static/htmx4/ext/hx-sse.min.js" nonce="a&#34;b"></script>
<script src="/static/htmxlive.js" nonce="a&#34;b"></script>
`,
	} {
		if got := string(client.Scripts(views.Scripts{Base: "/static/", Nonce: `a"b`})); got != want {
			t.Errorf("%s loads\n%swant\n%s", client, got, want)
		}
	}
	got := string(views.HTMX2.Scripts(views.Scripts{Bare: true}))
	if strings.Contains(got, views.ScriptName) || strings.Contains(got, "nonce") || !strings.Contains(got, `"/htmx2/htmx.min.js"`) {
		t.Errorf("bare scripts are\n%s", got)
	}
}

// From a CDN the tags carry hashes; the script of htmxlive is the site's own.
func TestScriptsOfACDN(t *testing.T) {
	got := string(views.HTMX1B.Scripts(views.Scripts{CDN: true, Base: "/static/", Nonce: "n"}))
	want := `<meta name="htmx-config" content='{"historyCacheSize":0,"refreshOnHistoryMiss":true,"defaultSettleDelay":0,"includeIndicatorStyles":false,"allowEval":false}'>
<script src="https://cdn.jsdelivr.net/npm/htmx.org@1.9.12/dist/htmx.min.js" integrity="sha384-ujb1lZYygJmzgSwoxRggbCHcjc0rB2XoQrxeTUQyRjrOnlCoYta87iKBWq3EsdM2" crossorigin="anonymous" defer nonce="n"></script>
<script src="/htmxlive.js" defer nonce="n"></script>
`
	if got != want {
		t.Errorf("the tags are\n%swant\n%s", got, want)
	}
	got = string(views.HTMX4.Scripts(views.Scripts{Script: `/live.js?v="1"`}))
	if !strings.HasSuffix(got, "<script src=\"/live.js?v=&#34;1&#34;\"></script>\n") {
		t.Errorf("the script with a URL of its own is loaded by\n%s", got)
	}
}

// What a page loads from the CDN is, byte for byte, what npm installs: the same files, in the versions that package.json pins.
func TestTheCDNServesWhatNPMInstalls(t *testing.T) {
	modules, err := nodemodules.Dir()
	if err != nil {
		t.Fatal(err)
	}
	for _, client := range views.Clients() {
		files := client.Files()
		for i, script := range client.CDN() {
			w := httptest.NewRecorder()
			nodemodules.CDN(modules).ServeHTTP(w, httptest.NewRequest("GET", script.URL, http.NoBody))
			if w.Code != http.StatusOK {
				t.Errorf("%s: %s", script.URL, w.Body)
				continue
			}
			sum := sha512.Sum384(w.Body.Bytes())
			if want := "sha384-" + base64.StdEncoding.EncodeToString(sum[:]); script.Integrity != want {
				t.Errorf("%s has the hash %s, not %s", script.URL, want, script.Integrity)
			}
			pkg, file, _ := strings.Cut(files[i], "/")
			served, err := os.ReadFile(filepath.Join(modules, pkg, "dist", filepath.FromSlash(file)))
			if err != nil || !bytes.Equal(served, w.Body.Bytes()) {
				t.Errorf("%s is not the file %s (%v)", script.URL, files[i], err)
			}
		}
		if len(files) != len(client.CDN()) {
			t.Errorf("%s has %d files and %d on the CDN", client, len(files), len(client.CDN()))
		}
	}
}

func TestParseClient(t *testing.T) {
	for _, client := range views.Clients() {
		if got, err := views.ParseClient(string(client)); got != client || err != nil {
			t.Errorf("%q is %q (%v)", client, got, err)
		}
	}
	if got, err := views.ParseClient("3"); err == nil {
		t.Errorf("3 is %q", got)
	}
}

// outlet gives the live parts that it has.
type outlet map[string]template.HTML

func (o outlet) Fragment(id string) (template.HTML, error) {
	if part, ok := o[id]; ok {
		return part, nil
	}
	return "", errNoPart
}

func (o outlet) Connect() template.HTML { return "<i>connect</i>" }

// scripted is an outlet that knows scripts, too.
type scripted struct{ outlet }

func (scripted) Scripts() template.HTML { return "<script></script>" }

func TestPagesTakeTheirScriptsFromTheOutlet(t *testing.T) {
	page := views.Template(templates(t, `{{define "page"}}<head>{{.Live.Scripts}}</head>{{.Live.Connect}}{{end}}`), "page", nil)
	const want = "<head><script></script></head><i>connect</i>"
	if html, placed, err := views.RenderPage(t.Context(), page, scripted{}); string(html) != want || !placed.Connected || err != nil {
		t.Errorf("the page is %s, %v (%v), want %s", html, placed, err, want)
	}
	var b strings.Builder
	if err := page.Render(views.WithOutlet(t.Context(), scripted{}), &b); b.String() != want || err != nil {
		t.Errorf("the page is %s (%v), want %s", &b, err, want)
	}
	b.Reset()
	if err := views.ScriptsSlot().Render(views.WithOutlet(t.Context(), scripted{}), &b); b.String() != "<script></script>" || err != nil {
		t.Errorf("the slot is %s (%v)", &b, err)
	}
	for name, part := range map[string]views.Component{"page": page, "slot": views.ScriptsSlot()} {
		if _, _, err := views.RenderPage(t.Context(), part, outlet{}); !errors.Is(err, views.ErrNoScripts) {
			t.Errorf("the %s with an outlet without scripts: the error is %v", name, err)
		}
	}
}

func TestTheNonceIsTheContexts(t *testing.T) {
	if got := views.NonceOf(views.WithNonce(t.Context(), "n0nce")); got != "n0nce" {
		t.Errorf("the nonce is %q", got)
	}
	if got := views.NonceOf(t.Context()); got != "" {
		t.Errorf("without one the nonce is %q", got)
	}
}

var errNoPart = errors.New("no such part")

func TestPagesTakeTheirLivePartsFromTheOutlet(t *testing.T) {
	parts := outlet{"tickets": "<tr></tr>", "pages": "<nav></nav>"}
	tmpl := templates(t, `{{define "page"}}<h1>{{.Data}}</h1><table>{{.Live.Fragment "tickets"}}</table>{{.Live.Connect}}{{end}}
		{{define "mute"}}{{.Live.Fragment "tickets"}}{{.Live.Fragment "pages"}}{{.Live.Fragment "tickets"}}{{end}}
		{{define "unknown"}}half{{.Live.Fragment "x"}}{{end}}`)
	html, placed, err := views.RenderPage(t.Context(), views.Template(tmpl, "page", "A < B"), parts)
	if want := `<h1>A &lt; B</h1><table><tr></tr></table><i>connect</i>`; string(html) != want || err != nil {
		t.Errorf("the page is %s (%v), want %s", html, err, want)
	}
	if got, want := fmt.Sprint(placed), "{[tickets] true}"; got != want {
		t.Errorf("the page has %s, want %s", got, want)
	}
	_, placed, err = views.RenderPage(t.Context(), views.Template(tmpl, "mute", nil), parts)
	if got, want := fmt.Sprint(placed, err), "{[tickets pages] false} <nil>"; got != want {
		t.Errorf("the page that does not connect has %s, want %s", got, want)
	}
	html, _, err = views.RenderPage(t.Context(), views.Template(tmpl, "unknown", nil), parts)
	if !errors.Is(err, errNoPart) || len(html) > 0 {
		t.Errorf("a page with an unknown fragment is %q with the error %v", html, err)
	}
	if _, _, err = views.RenderPage(t.Context(), views.Template(tmpl, "none", nil), parts); err == nil {
		t.Error("a page of an unknown template is no error")
	}
}

func TestSlotsTakeTheirLivePartsFromTheOutlet(t *testing.T) {
	ctx := views.WithOutlet(t.Context(), outlet{"tickets": "<tr></tr>"})
	var b strings.Builder
	if err := errors.Join(views.Slot("tickets").Render(ctx, &b), views.ConnectSlot().Render(ctx, &b)); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "<tr></tr><i>connect</i>"; got != want {
		t.Errorf("the slots render %s, want %s", got, want)
	}
	if err := views.Slot("x").Render(ctx, &b); !errors.Is(err, errNoPart) {
		t.Errorf("the error of an unknown fragment is %v", err)
	}
	for name, part := range map[string]views.Component{
		"slot": views.Slot("x"), "connect": views.ConnectSlot(), "page": views.Template(templates(t, ""), "x", nil),
	} {
		if err := part.Render(t.Context(), &b); !errors.Is(err, views.ErrNoOutlet) {
			t.Errorf("%s without an outlet: the error is %v", name, err)
		}
	}
}
