package web_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// unpublished opens a page of which the result changes with every fetch although nobody publishes it, and one that is not
// live, and waits until that is found.
func (d *desk) unpublished(t *testing.T) {
	t.Helper()
	var n atomic.Int64
	livetest.OpenSocket(t, d.keeper, live.SocketConfig{Session: "s", User: "agent:0", Path: "/stock"}, func(s *live.Socket) error {
		_, err := live.KeepList(s, "stock", live.ListQuery[int64, int64]{
			Fetch:     func(context.Context) ([]int64, error) { return []int64{n.Add(1)}, nil },
			Key:       func(n int64) int64 { return n },
			Results:   live.ResultsLose,
			Subscribe: []string{"stock"},
			Fragments: []fragment.Fragment{livetest.Text("stock", "stock")},
		})
		if err != nil {
			return err
		}
		_, err = live.Keep(s, "today", live.Query[string]{
			Fetch:     func(context.Context) (string, error) { return "Sunday", nil },
			NoRefetch: true,
			Fragments: []fragment.Fragment{livetest.Text("today", "today")},
		})
		return err
	})
	d.keeper.CheckEvery(10 * time.Millisecond)
	for deadline := time.Now().Add(30 * time.Second); len(d.keeper.Findings()) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("nothing is found")
		}
		<-time.After(10 * time.Millisecond)
	}
}

func TestInspectorExplainsAPage(t *testing.T) {
	d := open(t, 10)
	d.as(t, d.ann).follow("/tickets?status=open").next()
	d.unpublished(t)
	boss := d.as(t, d.boss)
	for page, texts := range map[string][]string{
		"":                                      {`href="/debug/live?page=%2Ftickets%3Fstatus%3Dopen"`, "Changes that nobody published", "is a Publish or a trigger missing"},
		"?page=/tickets":                        {"<h3>tickets ", `<span class="pill solved">live</span>`, "It follows", "<dt>Fetched</dt>", "<dt>Follows</dt>", "agent:"},
		"?page=%2Ftickets%3Fstatus%3Dopen":      {"<h3>tickets "},
		"?page=/tickets%3Fstatus=closed":        {"No browser has a stream of this page open"},
		"?page=/stock":                          {"<h3>stock ", "<h3>today ", `<span class="pill pending">not live</span>`, "NoRefetch is set: only Socket.Refetch and loads refetch it."},
		"?page=/nowhere%3Cscript%3E":            {"No browser has a stream of this page open", "/nowhere&lt;script&gt;"},
		"?page=/" + strings.Repeat("x", 10_000): nil,
		"?page=/" + strings.Repeat("x", 299):    {"No browser has a stream of this page open"},
	} {
		a := boss.get("/debug/live" + page)
		if texts == nil {
			if a.code == http.StatusOK {
				t.Errorf("a name of 10,000 bytes: %d", a.code)
			}
			continue
		}
		a.mustHave(t, texts...)
	}
}

func TestTheInspectorsAnswersAreAccessible(t *testing.T) {
	d := open(t, 80)
	d.as(t, d.ann).follow("/tickets?status=open").next()
	d.somethingHappens(t)
	d.unpublished(t)
	e := newExaminer(t)
	boss := d.enter(t, d.boss, "/debug/live?page=/tickets")
	boss.WaitFor("the connection", `document.getElementById("live-status").dataset.state === "live"`)
	e.examine("inspector-why", boss)
	boss.Navigate(d.URL + "/debug/live?page=/stock")
	boss.WaitFor("the connection", `document.getElementById("live-status").dataset.state === "live"`)
	e.examine("inspector-not-live", boss)
}
