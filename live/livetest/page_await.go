package livetest

import (
	"fmt"
	"slices"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// Await waits until the text in the element with that id is want, and ends the test when that takes longer than the
// browser's Timeout. The element need not be there yet. In a testing/synctest bubble no real time passes.
func (p *Page) Await(id, want string) {
	p.b.t.Helper()
	p.await(func() string {
		got, fault := tryRead(p, id, htmldom.Text)
		if fault == "" && got != want {
			fault = fmt.Sprintf("#%s shows %q, want %q", id, got, want)
		}
		return fault
	})
}

// AwaitRows waits until the texts of the rows of a list are these, and no others, in this order.
func (p *Page) AwaitRows(id string, texts ...string) {
	p.b.t.Helper()
	p.await(func() string {
		got, fault := tryRead(p, id, rowsOf)
		if fault == "" && !slices.Equal(got.Texts(), texts) {
			fault = fmt.Sprintf("the rows of #%s are %q, want %q", id, got.Texts(), texts)
		}
		return fault
	})
}

// AwaitGone waits until there is no element with that id.
func (p *Page) AwaitGone(id string) {
	p.b.t.Helper()
	p.await(func() string {
		if p.Has(id) {
			return fmt.Sprintf("there is still an element #%s", id)
		}
		return ""
	})
}

// AwaitThat waits until the condition holds, which is looked at whenever the page changes. what names it, for the failure:
// p.AwaitThat("the stream ends", p.Ended).
func (p *Page) AwaitThat(what string, holds func() bool) {
	p.b.t.Helper()
	p.await(func() string {
		if holds() {
			return ""
		}
		return "it does not hold that " + what
	})
}

// AwaitFresh waits until the page shows what loading it afresh shows: [Page.EqualFresh].
func (p *Page) AwaitFresh(ids ...string) {
	p.b.t.Helper()
	p.await(func() string { return p.differs(ids) })
}

// await waits until there is no fault.
func (p *Page) await(fault func() string) {
	p.b.t.Helper()
	limit := time.NewTimer(p.b.Timeout)
	defer limit.Stop()
	for {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		text := fault()
		if text == "" {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			p.mu.Lock()
			why := p.why() + p.sent()
			p.mu.Unlock()
			p.b.t.Fatalf("livetest: after %v: %s%s", p.b.Timeout, text, why)
		}
	}
}

// whyNothing is where to look when a page was sent nothing.
const whyNothing = "is the topic that was published the one that the query follows? (live logs unknown topics at debug level)"

// sent is what a failure should say of the messages. It holds mu.
func (p *Page) sent() string {
	n := len(p.messages) - p.earlier
	switch {
	case !p.hadStream:
		return ""
	case p.gate.isClosed():
		return "; the page is paused"
	case n > 0:
		return fmt.Sprintf("; messages sent since the page was loaded: %d", n)
	case p.stream == nil || p.note != "":
		return "; nothing was sent since the page was loaded"
	}
	return "; nothing was sent since the page was loaded: " + whyNothing
}

// Quiet runs something and fails the test if the page is sent a message with data meanwhile; heartbeats are none.
//
// In a testing/synctest bubble it waits until everything has settled, before and afterwards, so a test reads
// p.Quiet(func() { keeper.Publish(ctx, "elsewhere") }), or p.Quiet(func() { time.Sleep(time.Hour) }). Elsewhere nobody can
// know that nothing is on its way: let during end with waiting for what is later than the message that should not come,
// such as another page's Await of the same notification.
func (p *Page) Quiet(during func()) {
	p.b.t.Helper()
	settle()
	before := len(p.Messages())
	during()
	settle()
	if sent := p.Messages()[before:]; len(sent) > 0 {
		p.b.t.Errorf("livetest: %s was sent %d messages, want none; the first:\n%s", p.URL(), len(sent), excerpt(sent[0].Data))
	}
}

// NothingSent fails the test if the page was ever sent a message with data.
func (p *Page) NothingSent() {
	p.b.t.Helper()
	settle()
	if sent := p.Messages(); len(sent) > 0 {
		p.b.t.Errorf("livetest: %s was sent %d messages, want none; the first:\n%s", p.URL(), len(sent), excerpt(sent[0].Data))
	}
}

// settle waits until nothing happens any more, in a bubble; elsewhere it does nothing.
func settle() {
	defer func() { _ = recover() }() // synctest.Wait panics outside of a bubble, and there is no other way to ask
	synctest.Wait()
}
