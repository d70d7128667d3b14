package livetest

// Drop cuts the stream, as a network that goes away does: what is sent from now on is lost, and the page does not come
// back before [Page.Resume]. A page without a stream ends the test.
func (p *Page) Drop() {
	p.b.t.Helper()
	p.mu.Lock()
	if p.stream == nil {
		note := p.note
		p.mu.Unlock()
		p.b.t.Fatalf("livetest: there is no stream to drop: %s", note)
	}
	p.end(dropped)
	p.mu.Unlock()
	p.running.Wait()
}

const dropped = "the stream was dropped"

// Pause stops reading the stream, as a computer that sleeps does: what is sent stays on its way, and the server's writes
// stall when the connection can take no more. [Page.Resume] reads on.
func (p *Page) Pause() { p.gate.close() }

// Resume reads on after [Page.Pause]. A page that was dropped, paused or not, and one that was not paused connects again,
// with the id of the last message, as its client does; a stream that is open is cut first. It waits until the stream has
// begun, and ends the test if the page has none.
func (p *Page) Resume() {
	p.b.t.Helper()
	paused := p.gate.open()
	p.mu.Lock()
	if paused && p.stream != nil {
		p.mu.Unlock()
		return
	}
	id := p.lastID
	p.end("")
	p.follow()
	p.lastID = id
	connected, note := p.stream != nil, p.note
	p.mu.Unlock()
	if !connected {
		p.b.t.Fatalf("livetest: there is no stream to resume: %s", note)
	}
	p.awaitStream()
}
