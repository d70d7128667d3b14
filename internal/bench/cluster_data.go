package main

import (
	"context"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"sync"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// clusterRows is how many tickets the list of a team has.
const clusterRows = 20

// clusterData is what the pages of a cluster show: a dashboard for all, a list of tickets for each team, an account for
// each user. It stands for the database, and costs next to nothing.
type clusterData struct {
	mu    sync.RWMutex // guards everything below
	board string
	teams [][]ticket
	mine  string // what each account shows of the newest change
}

// The topics of the tables.
const (
	boardTopic   = "board"
	ticketsTopic = "tickets"
	mineTopic    = "accounts"
)

func newClusterData(teams int) *clusterData {
	d := &clusterData{teams: make([][]ticket, teams)}
	for team := range d.teams {
		for i := range clusterRows {
			d.teams[team] = append(d.teams[team], ticket{
				ID: int64(team*clusterRows + i + 1), Title: "The printer on the third floor jams again", Status: "open",
				Priority: "normal", Assignee: "Ada Lovelace", Note: "Tried it twice. Tried it twice. Tried it twice.",
			})
		}
	}
	return d
}

// write changes what one of the tables shows.
func (d *clusterData) write(f func(d *clusterData)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f(d)
}

func (d *clusterData) ofTeam(team int) []ticket {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.teams[team])
}

func (d *clusterData) text(of func(d *clusterData) string) string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return of(d)
}

//nolint:gochecknoglobals // templates are parsed once
var clusterPageParts = template.Must(template.New("").Parse(`{{define "board"}}<p id="board">Open tickets: {{.}}</p>{{end}}` +
	`{{define "mine"}}<p id="mine">Your account: {{.}}</p>{{end}}`))

// clusterNode is one keeper and the queries that its pages share.
type clusterNode struct {
	keeper *live.Keeper
	data   *clusterData
	board  *live.Shared[int, live.Query[string]]
	lists  *live.Shared[int, live.ListQuery[ticket, int64]]
	mine   []fragment.Fragment
}

func newClusterNode(k *live.Keeper, d *clusterData) *clusterNode {
	block := func(id string) []fragment.Fragment {
		return []fragment.Fragment{views.New(views.Block{ID: id, Markup: views.Named(clusterPageParts, id)})}
	}
	n := &clusterNode{keeper: k, data: d, mine: block("mine")}
	board, rows := block("board"), []fragment.Fragment{ticketRows(&counters{})}
	n.board = live.Share(k, "board", func(int) live.Query[string] {
		return live.Query[string]{
			Fetch: func(context.Context) (string, error) {
				return d.text(func(d *clusterData) string { return d.board }), nil
			},
			Subscribe: []string{boardTopic},
			Fragments: board,
		}
	})
	n.lists = live.Share(k, "tickets", func(team int) live.ListQuery[ticket, int64] {
		return live.ListQuery[ticket, int64]{
			Fetch: func(ctx context.Context) ([]ticket, error) {
				follows(ctx, ticketsTopic, "team", team)
				return d.ofTeam(team), nil
			},
			Key:       func(t ticket) int64 { return t.ID },
			Results:   live.ResultsLose,
			Fragments: rows,
		}
	})
	return n
}

// follows records what a driver of a database would: a fetch reads the rows of a table that have this value in a column.
func follows(ctx context.Context, table, column string, value int) {
	ctx = live.Where(ctx, table, column, value)
	live.Reads(ctx, live.Narrow(table, live.Conditions(ctx, table)))
}

// keep is the handler of a page: a dashboard that all see, the list of a team, and what only this user sees.
func (n *clusterNode) keep(s *live.Socket, user, team int) error {
	if _, err := live.Keep(s, "board", n.board.With("all", 0)); err != nil {
		return err
	}
	if _, err := live.KeepList(s, "tickets", n.lists.With(fmt.Sprint("team ", team), team)); err != nil {
		return err
	}
	_, err := live.Keep(s, "mine", live.Query[string]{
		Fetch: func(ctx context.Context) (string, error) {
			follows(ctx, mineTopic, "user", user)
			return strconv.Itoa(user) + n.data.text(func(d *clusterData) string { return d.mine }), nil
		},
		Fragments: n.mine,
	})
	return err
}
