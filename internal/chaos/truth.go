//go:build unix

package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/htmxlive/htmxlive/internal/deskpage"
	"github.com/htmxlive/htmxlive/internal/htmldom"
)

func places() []deskpage.Place {
	return append(deskpage.Places(), deskpage.Place{
		Path: "/tickets?results=lose&sort=updated&limit=8", Fragments: []string{"ticket-rows", "ticket-pages", "tickets-new"},
	})
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
	key := p.who.agent + " " + p.place.Path
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
	status, text, err := v.get(ctx, t.at+p.place.Path)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the witness answers %s with %d", p.place.Path, status)
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

// compare is how the page differs from the truth; "" if it does not.
func (p *page) compare(fresh htmldom.Page) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault != nil {
		return p.fault.Error()
	}
	return p.place.Compare(p.place.Path, p.dom, fresh)
}
