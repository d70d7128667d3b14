package livetest

import (
	"net/url"
	"strconv"
	"time"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// take does what a browser does with an event. It reports whether the stream is still the page's.
func (p *Page) take(st *connection, ev event) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stream != st {
		return false
	}
	if ev.id != nil {
		p.lastID = *ev.id
	}
	if ev.retry != nil {
		st.retry = *ev.retry
	}
	if ev.data != "" {
		p.receive(st, ev)
	}
	p.notify()
	return p.stream == st
}

// receive applies a message. It holds mu.
func (p *Page) receive(st *connection, ev event) {
	m := Message{ID: p.lastID, Event: ev.name, Data: ev.data}
	if ev.name == "" || ev.name == "message" && st.client != htmldom.HTMX4 {
		swaps, err := p.dom.Apply(ev.data, st.client.Lookup())
		if err != nil {
			p.b.t.Errorf("livetest: %s cannot apply a message: %v\n%s", p.url, err, excerpt(ev.data))
		}
		m.Swaps = swapsOf(swaps)
	}
	p.messages = append(p.messages, m)
	p.follow()
	p.heedRefresh()
}

func swapsOf(swaps []*htmldom.Swap) []Swap {
	all := make([]Swap, len(swaps))
	for i, s := range swaps {
		all[i] = Swap{Style: s.Style, Targets: s.IDs, Element: s.ElementID()}
	}
	return all
}

// heedRefresh reloads the page if a message has put the element into it that asks for it. It holds mu.
func (p *Page) heedRefresh() {
	found, err := p.dom.Select(`meta[http-equiv=refresh]`)
	if err != nil || len(found) == 0 || p.isLeft {
		return
	}
	found[0].Parent.RemoveChild(found[0]) // one is enough
	seconds, err := strconv.ParseFloat(htmldom.Attr(found[0], "content"), 64)
	if err != nil {
		return
	}
	from := p.url
	p.running.Go(func() { p.reloadAfter(time.Duration(seconds*float64(time.Second)), from) })
}

func (p *Page) reloadAfter(d time.Duration, from *url.URL) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.left:
		return
	}
	a, err := p.b.send(from, request{path: from.RequestURI()})
	if err == nil {
		err = p.load(a)
	}
	if err != nil {
		p.b.t.Errorf("livetest: reload of %s: %v", from, err)
	}
}
