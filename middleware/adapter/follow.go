package adapter

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/views"
)

// follow makes the stream of a whole page follow it to where htmx swaps it. A swap of the body brings the connect element
// along. One of a part that holds live fragments leaves the old page's connect element where it is, with a stream that
// knows nothing of the new content: the new one travels as an out-of-band swap, which htmx takes whatever it selects. Its
// stream sends everything, because nobody knows which parts were selected. A part without live fragments, a dialog, say,
// leaves the page's stream alone.
//
// The old connect element is deleted and the new one inserted, not swapped: there is none once a stream was ended for good.
func (q *Request) follow(w http.ResponseWriter, html []byte, o *outlet) ([]byte, error) {
	target := swapTarget(q.r.Header)
	if target == "" || o.connect == "" {
		return html, nil
	}
	fragments := make([]string, 0, len(o.renderings))
	for _, r := range o.renderings {
		fragments = append(fragments, r.ID())
	}
	id := q.handler.cfg.Element
	if views.Holds(html, target, id) {
		q.pushOwnURL(w.Header())
		return html, nil
	}
	if !views.Holds(html, target, fragments...) {
		return html, nil
	}
	connect, err := q.streamURLOf(w, q.query, live.State{Pinned: q.transport.State().Pinned})
	if err != nil {
		return nil, err
	}
	q.pushOwnURL(w.Header())
	anew := string(views.Disconnect(id)) + `<div hx-swap-oob="beforeend:body">` + string(q.connectTo(connect, q.query)) + `</div>`
	return bytes.Replace(html, []byte(o.connect), []byte(anew), 1), nil
}

// swapTarget is the id of the element that htmx swaps a whole page into; "" when it is the body, or has no id. Htmx 4 puts
// the name of the tag before it.
func swapTarget(h http.Header) string {
	if h.Get("HX-Request") != "true" || h.Get("HX-Boosted") == "true" || h.Get("HX-History-Restore-Request") == "true" {
		return ""
	}
	target := h.Get("HX-Target")
	if _, id, ok := strings.Cut(target, "#"); ok {
		return id
	}
	if h.Get("HX-Request-Type") != "" {
		return "" // htmx 4: a tag without an id
	}
	return target
}

// pushOwnURL makes the browser's address that of the page, if it is another and the handler has not said what it is to be.
func (q *Request) pushOwnURL(h http.Header) {
	current, err := url.Parse(q.r.Header.Get("HX-Current-URL"))
	if q.r.Method != http.MethodGet || err != nil || current.Host == "" || h.Get("HX-Push-Url") != "" || h.Get("HX-Replace-Url") != "" {
		return
	}
	if current.EscapedPath() != q.path || !maps.EqualFunc(current.Query(), q.query, equalValues) {
		h.Set("HX-Push-Url", reference(q.path, q.query.Encode()))
	}
}

func equalValues(a, b []string) bool { return strings.Join(a, "\x00") == strings.Join(b, "\x00") }
