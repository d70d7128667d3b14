package views_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

// hold is the status of a site that answers no stream at all.
const hold = -1

// drain forgets the streams that were opened so far.
func (s *site) drain() {
	for {
		select {
		case <-s.opened:
		case <-s.ids:
		default:
			return
		}
	}
}

// reopened waits for the next stream and returns the Last-Event-ID that it was asked for with.
func (s *site) reopened(t *testing.T) string {
	t.Helper()
	select {
	case id := <-s.ids:
		<-s.opened
		return id
	case <-time.After(20 * time.Second):
		t.Fatal("no stream was opened again")
		return ""
	}
}

// A page that has lost something asks for its stream without an id, so that everything is sent; a loss that comes again at
// once is healed later and later.
func TestALossAsksForEverything(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		s, page := openWatched(t, client)
		page.AllowConsole("Event") // htmx reports that the stream ends
		s.send(t, s.raw, "id: 7\ndata: <output id=\"marker\" hx-swap-oob=\"true\">seven</output>\n\n")
		page.WaitForText("#marker", "seven")
		s.drain()
		var healed []time.Time
		for range 3 {
			browsertest.Eval[bool](page, `document.dispatchEvent(new CustomEvent("htmxlive:lost"))`)
			if id := s.reopened(t); id != "" {
				t.Errorf("the page came back with the id %q", id)
			}
			healed = append(healed, time.Now())
			waitForState(page, "live")
		}
		first, second := healed[1].Sub(healed[0]), healed[2].Sub(healed[1])
		if first < 1500*time.Millisecond || second < 3*time.Second {
			t.Errorf("healed again after %s and %s", first, second)
		}
		page.WaitForStreams(1)
	})
}

// A connection that is dead and not closed is noticed by the heartbeats that do not come, and opened again. While nobody
// answers, the page says so.
func TestASilentStreamIsOpenedAgain(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		s, page := openWatched(t, client)
		page.AllowConsole("Event", "AbortError")
		s.drain()
		s.send(t, s.raw, "event: heartbeat\ndata: 200\n\n")
		s.reopened(t)
		waitForState(page, "live")
		s.status.Store(hold)
		s.drain()
		s.send(t, s.raw, "event: heartbeat\ndata: 200\n\n")
		waitForState(page, "reconnecting")
		waitForState(page, "waiting")
		s.status.Store(0)
		s.release()
		waitForState(page, "live")
		page.WaitForStreams(1)
		s.push(t, `<output id="marker" hx-swap-oob="true">back</output>`)
		page.WaitForText("#marker", "back")
	})
}

// A page whose first stream is never answered, the seventh tab over HTTP/1.1, says that it waits.
func TestATabThatWaitsSaysSo(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		var s *site
		s = newSite(t, client, func(w http.ResponseWriter, r *http.Request) { watchedPage(&s, client)(w, r) })
		s.status.Store(hold)
		page := browser.Person(t).Open(s.URL + "/page")
		page.AllowConsole("Event", "Error")
		waitForState(page, "waiting")
		s.status.Store(0)
		s.release()
		waitForState(page, "live")
	})
}

// A navigation that leads nowhere ends EventSources in Firefox and WebKit, and no event says so. The stream of htmx 4 is none,
// and what has not ended is not opened again.
func TestANavigationThatLeadsNowhere(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		s, page := openWatched(t, client)
		page.AllowConsole("Event")
		s.drain()
		browsertest.Eval[bool](page, `sources.forEach(s => s.close()) || dispatchEvent(new Event("beforeunload"))`)
		if client == views.HTMX4 {
			browsertest.Eval[any](page, `new Promise(done => setTimeout(done, 3000))`)
			if len(s.opened) > 0 {
				t.Error("a stream that goes on was opened again")
			}
		} else {
			s.reopened(t)
		}
		waitForState(page, "live")
		page.WaitForStreams(1)
		s.push(t, `<output id="marker" hx-swap-oob="true">back</output>`)
		page.WaitForText("#marker", "back")
	})
}

// A server that refuses the stream, because the session has ended, makes the page say that it is offline; it is live again
// when the server has changed its mind.
func TestARefusedStreamIsOffline(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		s, page := openWatched(t, client)
		page.AllowConsole("401", "Event", "SSE reconnect failed")
		s.status.Store(http.StatusUnauthorized)
		s.cut <- struct{}{}
		waitForState(page, "offline")
		s.status.Store(0)
		page.WaitFor("the stream", `dispatchEvent(new Event("focus")) && document.getElementById("live-status").dataset.state === "live"`)
		page.WaitForStreams(1)
	})
}

// A page whose first stream is refused by a server that is busy, or by a proxy while nothing stands behind it, is live as
// soon as it is answered, with one stream.
func TestAPageWhoseFirstStreamFails(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		var s *site
		s = newSite(t, client, func(w http.ResponseWriter, r *http.Request) { watchedPage(&s, client)(w, r) })
		s.status.Store(http.StatusServiceUnavailable)
		page := browser.Person(t).Open(s.URL + "/page")
		page.AllowConsole("503", "Event", "Error", "SSE")
		<-s.refused
		waitForState(page, "reconnecting")
		s.status.Store(0)
		waitForState(page, "live")
		page.WaitForStreams(1)
	})
}

// A page that was refused, asked again and is not answered says that it waits.
func TestATabThatWaitsAfterFailuresSaysSo(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		s, page := openWatched(t, client)
		page.AllowConsole("503", "Event", "SSE reconnect failed")
		s.status.Store(http.StatusServiceUnavailable)
		s.cut <- struct{}{}
		for range 3 {
			<-s.refused
		}
		s.status.Store(hold)
		waitForState(page, "waiting")
		s.status.Store(0)
		s.release()
		waitForState(page, "live")
		page.WaitForStreams(1)
	})
}
