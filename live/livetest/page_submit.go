package livetest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// Submit fills in a form and submits it. The form is named by its id ("add") or, where that is not the id of exactly one
// element, by a selector ("form", "form[action=/login]", "#main form"); fields are names and values in turn, and what is not
// among them is sent as it stands on the page. A name of several values is given several times. The value of a button presses that button, else the first one is pressed. A field that the form
// lacks, or that cannot have such a value, ends the test: a person could not do it either.
//
// A form with hx-post and its like is sent by htmx, and the answer is applied as for [Page.Click]; any other loads the
// page that it leads to, redirects followed.
func (p *Page) Submit(form string, fields ...string) {
	p.b.t.Helper()
	values, err := pairs(fields)
	if err != nil {
		p.b.t.Fatalf("livetest: Submit(%q): %v", form, err)
	}
	p.mu.Lock()
	n, fault := p.formNamed(form)
	var f htmldom.Form
	if fault == "" {
		f = p.dom.Form(n)
	}
	p.mu.Unlock()
	if fault != "" {
		p.b.t.Fatalf("livetest: Submit(%q): %s", form, fault)
	}
	p.submit(form, f, values)
}

func pairs(fields []string) (url.Values, error) {
	if len(fields)%2 != 0 {
		return nil, fmt.Errorf("%d fields and values are no pairs", len(fields))
	}
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	return values, nil
}

// formNamed holds mu.
func (p *Page) formNamed(name string) (n *html.Node, fault string) {
	var err error
	found := p.dom.ByID(name)
	if len(found) != 1 {
		found, err = p.dom.Select(name)
	}
	switch {
	case err != nil:
		return nil, err.Error()
	case len(found) > 1:
		return nil, "there are several: " + list(found)
	case len(found) == 0:
		forms, _ := p.dom.Select("form")
		return nil, "there is none, only " + openTags(forms)
	case found[0].DataAtom != atom.Form:
		return nil, "it is no form: " + excerpt(htmldom.Outer(found[0]))
	}
	return found[0], ""
}

func openTags(nodes []*html.Node) string {
	tags := make([]string, len(nodes))
	for i, n := range nodes {
		tags[i], _, _ = strings.Cut(htmldom.Outer(n), ">")
		tags[i] += ">"
	}
	return strings.Join(tags, " ")
}

// press submits the form of a button.
func (p *Page) press(button *html.Node) {
	p.b.t.Helper()
	p.mu.Lock()
	n := p.formOf(button)
	var f htmldom.Form
	if n != nil {
		f = p.dom.Form(n)
		f.Submitter = button
	}
	p.mu.Unlock()
	if n == nil {
		p.b.t.Fatalf("livetest: the button %s has no form", htmldom.Outer(button))
	}
	p.submit(labelOf(button), f, nil)
}

func (p *Page) formOf(button *html.Node) *html.Node {
	if id := htmldom.Attr(button, "form"); id != "" {
		for _, n := range p.dom.ByID(id) {
			return n
		}
	}
	for n := button.Parent; n != nil; n = n.Parent {
		if n.DataAtom == atom.Form {
			return n
		}
	}
	return nil
}

func (p *Page) submit(name string, f htmldom.Form, values url.Values) {
	p.b.t.Helper()
	p.mu.Lock()
	sent, err := f.Fill(values)
	r, byHTMX := p.formRequest(f)
	p.mu.Unlock()
	if err != nil {
		p.b.t.Fatalf("livetest: Submit(%q): %v", name, err)
	}
	r.form = sent
	if byHTMX {
		p.ask(f.Element, r)
		return
	}
	r.header = http.Header{"Referer": {p.present().String()}}
	p.goTo(r)
}

// formRequest is the request of a form, without its values. It holds mu.
func (p *Page) formRequest(f htmldom.Form) (r request, byHTMX bool) {
	if method, path, ok := requestOf(f.Element); ok {
		return request{method: method, path: path, header: p.htmxHeader(f.Element)}, true
	}
	action, method := htmldom.Attr(f.Element, "action"), htmldom.Attr(f.Element, "method")
	if f.Submitter != nil {
		action = cmp.Or(htmldom.Attr(f.Submitter, "formaction"), action)
		method = cmp.Or(htmldom.Attr(f.Submitter, "formmethod"), method)
	}
	r = request{method: http.MethodGet, path: action}
	if strings.EqualFold(method, http.MethodPost) {
		r.method = http.MethodPost
	}
	if p.boosted(f.Element) {
		r.header = p.htmxHeader(f.Element)
		return r, true
	}
	return r, false
}
