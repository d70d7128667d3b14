package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// browser is one of the person's own, logged in; it swaps the answers of errors in, as helpdesk.js does.
func (d *desk) browser(t *testing.T, agent store.Agent) *livetest.Browser {
	t.Helper()
	b := livetest.NewBrowser(t, d.Config.Handler)
	b.SwapErrors = true
	login := b.Open("/login")
	login.Submit("form", "agent", fmt.Sprint(agent.ID))
	if got := login.URL(); got != "/tickets" {
		t.Fatalf("the login leads to %s", got)
	}
	login.Leave()
	return b
}

// cookieOf is the session that a browser has, as a Cookie header.
func cookieOf(b *livetest.Browser) string { return "helpdesk=" + b.Cookie("/", "helpdesk") }

// touched are the elements that the page's messages have changed, in order.
func touched(p *livetest.Page) (ids []string) {
	for _, m := range p.Messages() {
		for _, s := range m.Swaps {
			if s.Element != "" {
				ids = append(ids, s.Element)
			} else {
				ids = append(ids, s.Style+":"+strings.Join(s.Targets, ","))
			}
		}
	}
	return ids
}
