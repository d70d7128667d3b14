package adapter

import (
	"fmt"
	"slices"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// checkPage warns of what keeps the page from being live.
func (q *Request) checkPage(html []byte, placed views.Placed, o *outlet) {
	cfg := &q.handler.cfg
	if !placed.Connected {
		q.handler.warn(q.r, "the page keeps live results but never connects: its template lacks {{.Live.Connect}} (views.ConnectSlot)")
	}
	var fragments []fragment.Fragment
	for _, r := range o.renderings {
		fragments = append(fragments, r.Fragment())
		if id := r.ID(); !slices.Contains(placed.Fragments, id) {
			q.handler.warn(q.r, fmt.Sprintf("the fragment %q is kept and stands nowhere in the page: its template lacks {{.Live.Fragment %[1]q}} (views.Slot)", id))
		}
	}
	if cfg.Development && placed.Connected && !q.handler.warned.full() {
		for _, sentence := range views.CheckPage(html, fragments, cfg.Element) {
			q.handler.warn(q.r, sentence)
		}
	}
}
