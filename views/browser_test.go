package views_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// act is JavaScript of a person who types into some fields, chooses options, opens some details and dialogs, and remembers
// what they did.
const act = `(n => {
	window.done = []
	document.querySelectorAll('#c-list > :not([data-live]) input').forEach((f, i) => {
		if ((i + n) %% 3) return
		f.value = 'typed ' + n
		if (i %% 2) f.focus()
		const [more, dialog, choice] = ['details', 'dialog', 'select'].map(tag => f.parentNode.querySelector(tag))
		more.open = !more.open
		dialog.open ? dialog.close() : i %% 4 && dialog.show()
		choice.selectedIndex = 1 - choice.selectedIndex
		done.push({f, id: f.id, value: f.value, more, open: more.open, dialog, shown: dialog.open, choice, chosen: choice.value})
	})
	return true
})(%d)`

// acted is JavaScript that says what is lost of what the person did and still is on the page.
const acted = `(() => {
	for (const {f, id, value, more, open, dialog, shown, choice, chosen} of done) {
		const now = document.getElementById(id)
		if (!now) continue
		if (now !== f || f.value !== value) return id + ' holds ' + now.value + ', not ' + value
		if (![more, dialog, choice].every(e => e.isConnected && f.parentNode.contains(e))) return 'beside ' + id + ' stands something else'
		if (more.open !== open || dialog.open !== shown || choice.value !== chosen) return 'beside ' + id + ' something was opened, closed or chosen'
	}
	return ''
})()`

// steps is how many random messages each client gets; every one changes all kinds of rows at once.
const steps = 40

// compare is JavaScript that waits until htmx has settled and tells which containers do not show what they should. What
// htmx itself leaves on elements does not count: its mark of processed ones, and class lists that it has written out anew.
const compare = `(async (want) => {
	while (document.querySelector('.htmx-added,.htmx-settling,.htmx-swapping')) await new Promise(requestAnimationFrame)
	const look = root => {
		const copy = root.cloneNode(true)
		for (const e of copy.querySelectorAll('*')) {
			e.removeAttribute('data-htmx-powered')
			e.removeAttribute('hx-swap-oob')
			e.removeAttribute('data-server-value')
			e.removeAttribute('open')
			if (e.dataset.live === 'left') e.remove()
			if (e.hasAttribute('class')) {
				const names = [...e.classList].join(' ')
				names ? e.setAttribute('class', names) : e.removeAttribute('class')
			}
		}
		for (const name of copy.getAttributeNames()) copy.removeAttribute(name)
		return copy
	}
	for (const [id, page] of Object.entries(want)) {
		const fresh = new DOMParser().parseFromString(page, 'text/html').getElementById(id)
		const is = look(document.getElementById(id)), should = look(fresh)
		if (!is.isEqualNode(should)) return id + ' shows ' + is.innerHTML + ' and should show ' + should.innerHTML
	}
	return ''
})(%s)`

// In every client, with the real htmx and a real stream: whatever lists were and become and whatever a person did, the page
// shows after each message what rendering the new lists gives, and what the person did.
func TestBrowsersShowWhatRenderingGives(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		showsWhatRenderingGives(t, client, newWorld())
	})
}

func showsWhatRenderingGives(t *testing.T, client views.Client, world *world) {
	t.Helper()
	s := newSite(t, client, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, world.html()) })
	world.head = s.head()
	world.connect = string(client.Connect("live", "/stream"))
	world.step(t, 0)
	page := browser.Person(t).Open(s.URL)
	<-s.opened
	for n := 1; n <= steps; n++ {
		message := world.step(t, n)
		browsertest.Eval[bool](page, fmt.Sprintf(act, n))
		s.push(t, message)
		page.WaitForText("#marker", fmt.Sprint(n))
		if wrong := browsertest.Eval[string](page, fmt.Sprintf(compare, world.want())); wrong != "" {
			t.Fatalf("after message %d: %s\nthe message was\n%s", n, wrong, message)
		}
		if wrong := browsertest.Eval[string](page, acted); wrong != "" {
			t.Fatalf("after message %d: %s\nthe message was\n%s", n, wrong, message)
		}
	}
	page.Navigate(s.URL)
	if wrong := browsertest.Eval[string](page, fmt.Sprintf(compare, world.want())); wrong != "" {
		t.Errorf("after loading the page again: %s", wrong)
	}
}

// world is a page with all kinds of rows that change at random.
type world struct {
	head, connect string
	kinds         []kind
	fragments     []fragment.Fragment
	marker        fragment.Fragment
	rows          [][]ticket
	shown         [][]byte // what each fragment rendered last
	mark          []byte
}

func newWorld() *world {
	w := &world{kinds: kinds(), marker: marker()}
	w.rows = make([][]ticket, len(w.kinds))
	w.shown = make([][]byte, len(w.kinds))
	for _, k := range w.kinds {
		w.fragments = append(w.fragments, k.fragment())
	}
	return w
}

// step changes all rows and returns the message about it.
func (w *world) step(t *testing.T, n int) string {
	t.Helper()
	var m strings.Builder
	for i, f := range w.fragments {
		before := w.rows[i]
		w.rows[i] = rapid.Custom(func(r *rapid.T) []ticket { return drawRows(r, before, "rows") }).Example(1000*n + i)
		now := renderAny(t, f, assigns(list{rows: w.rows[i]}))
		m.Write(f.Patch(w.shown[i], now))
		w.shown[i] = now
	}
	mark := render(t, w.marker, assigns(value{is: n}))
	m.Write(w.marker.Patch(w.mark, mark))
	w.mark = mark
	return m.String()
}

func (w *world) html() string {
	var b strings.Builder
	b.WriteString(w.head)
	for i, k := range w.kinds {
		b.WriteString(k.page(w.fragments[i].Inline(w.shown[i])))
	}
	b.Write(w.marker.Inline(w.mark))
	b.WriteString(w.connect)
	return b.String()
}

// want is a JavaScript object from the ids of the containers to pages that show what they should.
func (w *world) want() string {
	pages := map[string]string{}
	for i, k := range w.kinds {
		pages[k.container()] = k.page(w.fragments[i].Inline(w.shown[i]))
	}
	b, err := json.Marshal(pages)
	if err != nil {
		panic(err)
	}
	return string(b)
}
