package web_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/store"
)

// An eavesdropper reads the streams of an agent byte by byte, and knows which words only others may read.
type eavesdropper struct {
	t         *testing.T
	agent     store.Agent
	ours      string // stands in all that the team writes
	theirs    []string
	heard     atomic.Int64 // how often a word of the team
	listening sync.WaitGroup
}

// listen reads the stream of a page until ctx ends. It comes back when it is told to.
func (e *eavesdropper) listen(ctx context.Context, p *person, path string) {
	e.listening.Go(func() {
		id := ""
		for ctx.Err() == nil {
			id = e.read(ctx, p, path, id)
		}
	})
}

func (e *eavesdropper) read(ctx context.Context, p *person, path, id string) (last string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+path, http.NoBody)
	if err != nil {
		e.t.Error(err)
		return ""
	}
	r.Header.Set("Accept", "text/event-stream")
	if id != "" {
		r.Header.Set("Last-Event-ID", id)
	}
	res, err := p.client.Do(r)
	if err != nil {
		return id
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		e.t.Errorf("the stream of %s: %d", path, res.StatusCode)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for n := 0; lines.Scan() && n < 200; n++ { // then the stream is dropped, and comes back with its id
		line := lines.Text()
		if value, ok := strings.CutPrefix(line, "id: "); ok {
			id = value
		}
		e.heard.Add(int64(strings.Count(line, e.ours)))
		for _, word := range e.theirs {
			if i := strings.Index(line, word); i >= 0 {
				e.t.Errorf("%s of %s tells %s: …%s…", path, e.agent.Name, word, line[max(0, i-80):min(len(line), i+80)])
			}
		}
	}
	return id
}

// TestNoTextOfAnotherTeamUnderLoad: three teams write thousands of tickets and comments, hand tickets over to each other, and delete them, while
// agents of each follow lists that keep, hold and lose rows, searches, the archive, tickets and the dashboard. No byte of what a team has
// written comes to another.
func TestNoTextOfAnotherTeamUnderLoad(t *testing.T) {
	const writes, most = 300, 2000 // by each team; words of its own that each is to hear at least
	d := open(t, 30)
	teams := d.agentOfEachTeam(t)
	word := func(i int) string { return fmt.Sprintf("onlyteam%dmayread", i) }
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var listeners []*eavesdropper
	discussed := make([][]int64, len(teams))
	for i, agent := range teams {
		e := &eavesdropper{t: t, agent: agent, ours: word(i)}
		for other := range teams {
			if other != i {
				e.theirs = append(e.theirs, word(other))
			}
		}
		listeners = append(listeners, e)
		p := d.as(t, agent)
		pages := []string{"/archive?limit=30", "/archive?limit=5&offset=5", "/dashboard", "/tickets?q=onlyteam&results=lose", "/tickets?status=open&results=keep"}
		for _, results := range []string{"keep", "hold", "lose"} {
			pages = append(pages, "/tickets?limit=20&results="+results, "/tickets?limit=20&sort=updated&results="+results)
		}
		for range 3 {
			id := must(d.db.CreateTicket(ctx, agent, store.Draft{Title: "Discussed " + word(i)}))
			discussed[i] = append(discussed[i], id)
			pages = append(pages, fmt.Sprintf("/tickets/%d", id))
		}
		for _, path := range pages {
			e.listen(ctx, p, path)
		}
	}
	var writers sync.WaitGroup
	for i := range teams {
		writers.Go(func() { d.writeMuch(t, teams, i, writes, word, discussed[i]) })
	}
	writers.Wait()
	heardAll := func() bool {
		for _, e := range listeners {
			if e.heard.Load() < most {
				return false
			}
		}
		return true
	}
	for deadline := time.Now().Add(10 * time.Second); !heardAll() && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	for _, e := range listeners {
		e.listening.Wait()
		if n := e.heard.Load(); n < most {
			t.Errorf("%s has heard the own team's word %d times: that was no load", e.agent.Name, n)
		}
	}
}

func (d *desk) agentOfEachTeam(t *testing.T) (teams []store.Agent) {
	t.Helper()
	seen := map[int64]bool{}
	for _, a := range must(d.db.Agents(t.Context())) {
		if !a.Admin && !seen[a.Team.ID] {
			seen[a.Team.ID] = true
			teams = append(teams, a)
		}
	}
	if len(teams) < 3 {
		t.Fatalf("there are %d teams", len(teams))
	}
	return teams
}

// writeMuch writes as a team. A ticket that is handed over gets the title of the team that gets it in the same change, and is none of those that are
// discussed.
func (d *desk) writeMuch(t *testing.T, teams []store.Agent, i, writes int, word func(i int) string, discussed []int64) {
	rnd := rand.New(rand.NewPCG(uint64(i), 1))
	ctx, agent := t.Context(), teams[i]
	var mine []int64
	failed := func(err error) bool {
		if err != nil {
			t.Error(err)
		}
		return err != nil
	}
	for n := range writes {
		title := fmt.Sprintf("%d %s", n, word(i))
		at := discussed[rnd.IntN(len(discussed))]
		if failed(d.db.UpdateTicket(ctx, agent, at, store.Edit{Title: &title})) || failed(d.db.AddComment(ctx, agent, at, title)) {
			return
		}
		switch pick := rnd.IntN(10); {
		case len(mine) < 20 || pick < 3:
			id, err := d.db.CreateTicket(ctx, agent, store.Draft{Title: title, Body: "Because " + word(i)})
			if failed(err) {
				return
			}
			mine = append(mine, id)
		case pick < 8:
			id := mine[rnd.IntN(len(mine))]
			if failed(d.db.UpdateTicket(ctx, agent, id, store.Edit{Title: &title})) {
				return
			}
		case pick < 9: // handed over, by the administrator
			j := rnd.IntN(len(mine))
			to := rnd.IntN(len(teams))
			theirs := "Handed over " + word(to)
			if to == i || failed(d.db.UpdateTicket(ctx, d.boss, mine[j], store.Edit{Title: &theirs, Team: &teams[to].Team.ID})) {
				continue
			}
			mine = append(mine[:j], mine[j+1:]...)
		default:
			j := rnd.IntN(len(mine))
			if failed(d.db.DeleteTicket(ctx, agent, mine[j])) {
				return
			}
			mine = append(mine[:j], mine[j+1:]...)
		}
	}
}
