package livetest_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/views"
)

// inBubbleAndOutside runs a story twice: in virtual time, and in real time.
func inBubbleAndOutside(t *testing.T, story func(t *testing.T)) {
	t.Helper()
	t.Run("bubble", func(t *testing.T) { synctest.Test(t, story) })
	t.Run("outside", story)
}

func TestAPageFollowsInEveryGeneration(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			inBubbleAndOutside(t, func(t *testing.T) {
				d := newDesk(t, true)
				p := livetest.Open(t, d, "/tickets?htmx="+string(client))
				if got, want := p.Title(), "Tickets of "+string(client); got != want {
					t.Errorf("the title is %q, want %q", got, want)
				}
				p.AwaitRows("tickets", "1 Printer", "2 Mouse (done)")
				if got := p.Rows("tickets").IDs(); !slices.Equal(got, []string{"ticket-1", "ticket-2"}) {
					t.Errorf("the rows are %q", got)
				}
				d.rename(t, 1, "Plotter")
				p.AwaitRows("tickets", "1 Plotter", "2 Mouse (done)")
				d.remove(t, 2)
				p.AwaitRows("tickets", "1 Plotter")
				p.Await("count", "1 shown")
				p.AwaitFresh()
				p.EqualFresh("tickets", "count")
				if swaps := p.Messages()[0].Swaps; len(swaps) != 1 || swaps[0].Element != "ticket-1" || swaps[0].Style != "outerHTML" {
					t.Errorf("the first message swaps %+v, want the one row", swaps)
				}
			})
		})
	}
}

func TestALinkChangesThePage(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			inBubbleAndOutside(t, func(t *testing.T) {
				d := newDesk(t, true)
				p := livetest.Open(t, d, "/tickets?htmx="+string(client))
				main := p.HTML("main")
				p.Click("Open ones")
				if got, want := p.URL(), "/tickets?htmx="+string(client)+"&state=open"; got != want {
					t.Errorf("the URL is %s, want %s", got, want)
				}
				if strings.Contains(p.Source(), "<main") || !strings.Contains(main, "<main") {
					t.Errorf("the answer is a whole page: %s", p.Source())
				}
				p.AwaitRows("tickets", "1 Printer")
				d.rename(t, 1, "Plotter") // heard by the stream of the new state
				p.AwaitRows("tickets", "1 Plotter")
				p.EqualFresh("tickets")
				p.Back()
				p.AwaitRows("tickets", "1 Plotter", "2 Mouse (done)")
				p.Click("#news")
				if p.Title() != "News" || p.Connected() {
					t.Errorf("the news are %q, connected: %v", p.Title(), p.Connected())
				}
			})
		})
	}
}

func TestADroppedStreamResumes(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			inBubbleAndOutside(t, func(t *testing.T) {
				d := newDesk(t, true)
				p := livetest.Open(t, d, "/tickets?htmx="+string(client))
				d.rename(t, 1, "Plotter")
				p.AwaitRows("tickets", "1 Plotter", "2 Mouse (done)")
				p.Drop()
				p.Quiet(func() { d.rename(t, 2, "Keyboard") })
				sent := len(p.Messages())
				p.Resume()
				p.AwaitRows("tickets", "1 Plotter", "2 Keyboard (done)")
				for _, m := range p.Messages()[sent:] { // the count is the same
					if strings.Contains(m.Data, "count") {
						t.Errorf("the page that came back is sent %s", m.Data)
					}
				}
			})
		})
	}
}

func TestAStreamThatIsOldComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, true)
		p := livetest.Open(t, d, "/tickets")
		time.Sleep(time.Hour) // streams end after some ten minutes
		d.rename(t, 1, "Plotter")
		p.AwaitRows("tickets", "1 Plotter", "2 Mouse (done)")
		if !p.Connected() || p.Ended() {
			t.Error("the page has no stream")
		}
	})
}

func TestALeftPageIsNoViewer(t *testing.T) {
	inBubbleAndOutside(t, func(t *testing.T) {
		d := newDesk(t, true)
		b := livetest.NewBrowser(t, d)
		one, two := b.Open("/tickets"), b.Open("/tickets")
		two.AwaitThat("both streams are open", func() bool { return d.keeper.Stats().Streams == 2 })
		one.Leave()
		d.rename(t, 1, "Plotter")
		two.AwaitRows("tickets", "1 Plotter", "2 Mouse (done)")
		if got := one.Rows("tickets").Texts(); !slices.Equal(got, []string{"1 Printer", "2 Mouse (done)"}) {
			t.Errorf("the page that was left shows %q", got)
		}
		one.NothingSent()
	})
}

func TestTheServerEndsAStreamForGood(t *testing.T) {
	inBubbleAndOutside(t, func(t *testing.T) {
		d := newDesk(t, true)
		b := livetest.NewBrowser(t, d)
		p := b.Open("/tickets?htmx=1b")
		if b.Cookie("/tickets", "htmxlive") == "" {
			t.Error("the page has no session")
		}
		if p.Ended() {
			t.Error("the stream has ended before it was ended")
		}
		d.Close() // refuses nothing by itself: pages stay
		b.Header = map[string][]string{"Sec-Fetch-Site": {"cross-site"}}
		p.Drop()
		p.Resume()
		p.AwaitThat("the stream is refused for good", p.Ended)
	})
}
