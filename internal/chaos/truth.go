//go:build unix

package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// place is where a page stands, and what of it must be the same as after a fresh load.
type place struct {
	path      string
	fragments []string
	rows      string // the rows that a page may keep, instead of fragments
}

func places() []place {
	list, archive := []string{"ticket-rows", "ticket-pages", "tickets-new"}, []string{"archive-rows", "archive-pages", "archive-count"}
	ticket := []string{"ticket-main", "ticket-facts", "edit-form", "comments"}
	return []place{
		{"/tickets?results=lose&limit=7", list, ""},
		{"/tickets?results=lose&sort=priority&limit=5&htmx=4", list, ""},
		{"/tickets?results=hold&limit=6&htmx=1", nil, "ticket-rows"},
		{"/tickets?results=keep&status=open&limit=8&htmx=1b", nil, "ticket-rows"},
		{"/tickets?results=lose&sort=updated&limit=8", list, ""},
		{"/archive?limit=5", archive, ""},
		{"/archive?limit=5&offset=10&htmx=4", archive, ""},
		{"/dashboard", []string{"counts", "teams"}, ""},
		{"/tickets/3", ticket, ""},
		{"/tickets/4?htmx=4", ticket, ""},
	}
}

// truth is what each address shows to each agent when it is loaded afresh, at a node that has just been started.
type truth struct {
	at    string
	who   map[string]*visitor
	fresh map[string]htmldom.Page
}

// newTruth starts the witness anew.
func (s *stage) newTruth(ctx context.Context) (*truth, error) {
	if err := s.witness.Kill(); err != nil {
		return nil, err
	}
	if err := s.witness.Start(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := s.witness.Ready(ctx); err != nil {
		return nil, err
	}
	return &truth{at: s.witness.URL(), who: map[string]*visitor{}, fresh: map[string]htmldom.Page{}}, nil
}

func (t *truth) leave() {
	for _, v := range t.who {
		v.leave()
	}
}

func (t *truth) of(ctx context.Context, p *page) (htmldom.Page, error) {
	key := p.who.agent + " " + p.place.path
	if fresh, ok := t.fresh[key]; ok {
		return fresh, nil
	}
	v := t.who[p.who.agent]
	if v == nil {
		var err error
		if v, err = newVisitor(p.who.agent); err != nil {
			return htmldom.Page{}, err
		}
		if err := v.login(ctx, t.at); err != nil {
			return htmldom.Page{}, err
		}
		t.who[p.who.agent] = v
	}
	status, text, err := v.get(ctx, t.at+p.place.path)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the witness answers %s with %d", p.place.path, status)
	}
	if err != nil {
		return htmldom.Page{}, err
	}
	fresh, err := htmldom.Parse(text)
	if err == nil {
		t.fresh[key] = fresh
	}
	return fresh, err
}

// compare tells how the page differs from the truth; empty if it does not.
func (p *page) compare(fresh htmldom.Page) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault != nil {
		return p.fault.Error()
	}
	for _, id := range p.place.fragments {
		if shown, want := p.dom.Outer(id), fresh.Outer(id); shown != want {
			return fmt.Sprintf("#%s shows\n%s\nand should show\n%s", id, shown, want)
		}
	}
	if p.place.rows != "" {
		return p.compareKept(p.place.rows, fresh)
	}
	return ""
}

// compareKept looks at rows that stay where they are: those that a fresh load shows too must be the same, and the pill must
// count what a fresh load would add or drop.
func (p *page) compareKept(id string, fresh htmldom.Page) string {
	shown, want := rowsOf(p.dom, id), rowsOf(fresh, id)
	adds, drops := 0, 0
	for row := range want {
		if _, ok := shown[row]; !ok {
			adds++
		}
	}
	for row, html := range shown {
		if is, ok := want[row]; !ok {
			drops++
		} else if is != html {
			return fmt.Sprintf("row %s shows\n%s\nand should show\n%s", row, html, is)
		}
	}
	if !strings.Contains(p.place.path, "results=hold") {
		return ""
	}
	pill := ""
	for _, e := range p.dom.ByID("tickets-new") {
		pill = htmldom.Text(e)
	}
	if n := max(adds, drops); n == 0 && pill != "" || n > 0 && !strings.HasPrefix(pill, strconv.Itoa(n)+" ") {
		return fmt.Sprintf("the pill says %q with %d rows to add and %d to drop", pill, adds, drops)
	}
	return ""
}

func rowsOf(p htmldom.Page, id string) map[string]string {
	rows := map[string]string{}
	for _, list := range p.ByID(id) {
		for n := range list.ChildNodes() {
			if key := htmldom.Attr(n, "id"); n.Type == html.ElementNode && key != "" {
				rows[key] = p.Outer(key)
			}
		}
	}
	return rows
}
