package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/htmxlive/htmxlive/example/internal/store"
)

// hostile texts try to leave the place where they stand: an element, an attribute, a script, a drawing, a line of an event stream, a selector.
func hostile() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `" autofocus onfocus="alert(1)`, "` onclick=alert(1) `",
		`</textarea></title></style></script><script>alert(1)</script>`, `<svg onload=alert(1)><a xlink:href="javascript:alert(1)">`, `</svg></table></form>`,
		`<div hx-swap-oob="innerHTML:body">gone</div>`, `<hx-partial hx-target="body">`, `" hx-get="/logout" hx-trigger="load`, `<template><p id="live">`,
		"x\r\n\r\ndata: <script>alert(1)</script>\r\n\r\n", "x\revent: steal\rdata: y\r\r", "x\nid: 0\nretry: 1\n\n", "nul \x00 and \x1b and \x7f", "u2028 \u2028 u2029 \u2029 \u0085",
		`{{.}}{{template "page"}}`, `javascript:alert(1)`, `#live, body > *`, `ticket-1" id="ticket-2`, `&lt;script&gt;&#60;script&#62;`, "<!-- ", "]]>", "<![CDATA[", `<base href=//evil.example>`,
		"\u202egnp.exe", "\ufeff", "%3Cscript%3E", `\u003cscript\u003e`, "cut \xff\xc3 off",
	}
}

var numbers = regexp.MustCompile(`\d+`)

// skeleton is a page without its texts: its elements, the names of their attributes, ids and classes without their numbers, and links
// that lead away.
func skeleton(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		b.WriteString("\n<" + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
			links := slices.Contains([]string{"href", "src", "action", "hx-get", "hx-post", "hx-push-url", "sse-connect"}, a.Key)
			if a.Key == "id" || a.Key == "class" || links && !leadsHere(a.Val) {
				b.WriteString("=" + numbers.ReplaceAllString(a.Val, "N"))
			}
		}
	}
	return b.String()
}

// leadsHere reports whether a link stays on the site.
func leadsHere(to string) bool {
	u, err := url.Parse(to)
	return err == nil && u.Scheme == "" && u.Host == "" && !strings.HasPrefix(to, "\\") && !strings.HasPrefix(to, "/\\")
}

// TestHostileTextStaysText writes hostile texts into every field, and has them come over every way to a page: as it loads, over its stream, in a
// search, in an address that is wrong. No element, attribute or link comes of them.
func TestHostileTextStaysText(t *testing.T) {
	d := open(t, 30)
	ann, boss := d.as(t, d.ann), d.as(t, d.boss)
	followed := d.browser(t, d.ann).Open("/archive?limit=1")
	ticketWith := func(text string) map[string]string {
		id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "T" + text, Body: "B" + text}))
		row, path := fmt.Sprintf("ticket-%d", id), fmt.Sprintf("/tickets/%d", id)
		open := d.browser(t, d.ann).Open(path)
		if err := d.db.AddComment(t.Context(), d.ann, id, "C"+text); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		followed.AwaitThat("the list shows it", func() bool { return followed.Has(row) })
		open.AwaitThat("the comment comes", func() bool { return len(open.Rows("comments")) == 1 })
		defer open.Leave()
		return map[string]string{
			"the ticket": skeleton(t, ann.get(path).body), "the list": skeleton(t, ann.get("/tickets?limit=1").body),
			"the list over its stream": skeleton(t, followed.Body()), "the ticket over its stream": skeleton(t, open.Body()),
		}
	}
	searchWith := func(text string) map[string]string {
		q := url.QueryEscape("nothing has this " + text)
		return map[string]string{
			"a search": skeleton(t, ann.get("/tickets?q="+q).body), "a page of nothing": skeleton(t, ann.get("/nothing/x"+url.PathEscape(text)).body),
			"an unknown parameter": skeleton(t, ann.get("/tickets?limit=1&x"+q+"="+q).body),
			"a wrong filter":       skeleton(t, ann.get("/tickets?status="+q).body),
			"a wrong form":         skeleton(t, ann.send(http.MethodPost, "/tickets", encode("title", "", "body", text, "priority", text)).body),
		}
	}
	plain, plainSearch := ticketWith("plain"), searchWith("plain")
	for some := range slices.Chunk(hostile(), 2) {
		text := strings.Join(some, " ")
		for what, got := range ticketWith(text) {
			mustBeAlike(t, what, text, got, plain[what])
		}
		for what, got := range searchWith(text) {
			mustBeAlike(t, what, text, got, plainSearch[what])
		}
		for what, page := range map[string]answer{ // whose structure depends on other things as well
			"the inspector": boss.get("/debug/live?page=%2Fx" + url.QueryEscape(text)), "the login": d.visitor(t).get("/login?next=%2F" + url.QueryEscape(text)),
		} {
			if strings.ContainsAny(text, `<"`) && strings.Contains(page.body, text) {
				t.Errorf("%s shows %q as it is", what, text)
			}
		}
	}
}

func mustBeAlike(t *testing.T, what, text, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Errorf("%q makes %s of %s where there should be %s", text, what, g[i], w[i])
			return
		}
	}
	t.Errorf("%q makes %s of %d elements, not %d", text, what, len(g)-1, len(w)-1)
}
