package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// clusterKind is a kind of change, which the first node makes.
type clusterKind struct {
	what  string
	pages int // that show it
	make  func(k *live.Keeper, mark string) error
}

func (c *cluster) kinds() []clusterKind {
	ctx := context.Background()
	return []clusterKind{
		{"a dashboard that all pages show", c.Pages, func(k *live.Keeper, mark string) error {
			c.data.write(func(d *clusterData) { d.board = mark })
			return k.Publish(ctx, boardTopic)
		}},
		{"a row of one team's list", c.pagesOfTeam(0), func(k *live.Keeper, mark string) error {
			c.data.write(func(d *clusterData) { d.teams[0][clusterRows/2].Title = mark })
			return k.PublishChanges(ctx, []live.Change{rowOf(ticketsTopic, "team", 0)})
		}},
		{"a row that one page shows", 1, func(k *live.Keeper, mark string) error {
			c.data.write(func(d *clusterData) { d.mine = mark })
			return k.PublishChanges(ctx, []live.Change{rowOf(mineTopic, "user", c.Pages-1)})
		}},
		{"a private result on every page", c.Pages, func(k *live.Keeper, mark string) error {
			c.data.write(func(d *clusterData) { d.mine = mark })
			return k.Publish(ctx, mineTopic)
		}},
	}
}

func (c *cluster) pagesOfTeam(team int) (n int) {
	for i := range c.Pages {
		if i/c.Nodes%c.Teams == team {
			n++
		}
	}
	return n
}

// rowOf is the change of a row that stays what the pages which show it ask for.
func rowOf(table, column string, value int) live.Change {
	row := map[string]any{column: int64(value)}
	return live.Change{Topic: table, Table: table, Key: strconv.Itoa(value), Old: row, New: row}
}

// measure makes one kind of change in several rounds.
func (c *cluster) measure(kind clusterKind) (change ClusterChange, err error) {
	change = ClusterChange{What: kind.what, Pages: kind.pages}
	for round := range c.Rounds + 1 {
		fetches := c.fetches()
		took, err := c.round(kind)
		if err != nil {
			return change, err
		}
		change.Fetches = c.fetches() - fetches
		if round > 0 { // the first one warms up
			change.Rounds = append(change.Rounds, took)
		}
	}
	return change, nil
}

// round makes one change, and waits until each page that shows it has been sent it.
func (c *cluster) round(kind clusterKind) (took ClusterRound, err error) {
	c.changes++
	mark := fmt.Sprintf("change %d;", c.changes)
	a := &awaited{mark: []byte(mark), all: make(chan struct{})}
	a.missing.Store(int64(kind.pages))
	c.awaited.Store(a)
	before, err := usage(false)
	if err != nil {
		return took, err
	}
	began := time.Now()
	if err := kind.make(c.nodes[0].keeper, mark); err != nil {
		return took, err
	}
	patience := time.NewTimer(clusterPatient)
	defer patience.Stop()
	select {
	case <-a.all:
	case <-patience.C:
		return took, fmt.Errorf("%w: %d of %d, %s", errPagesMissed, a.missing.Load(), kind.pages, kind.what)
	}
	took.Last = time.Since(began)
	after, err := usage(false)
	took.CPU = after.since(before).cpu()
	return took, err
}
