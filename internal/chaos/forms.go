//go:build unix

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// write sends forms to all nodes until ctx ends.
func (r *run) write(ctx context.Context, rnd *rand.Rand) {
	for rest(time.Duration(rnd.IntN(100))*time.Millisecond, ctx.Done()) {
		m := r.stage.nodes[rnd.IntN(nodeCount)]
		own := rand.New(rand.NewPCG(rnd.Uint64(), 3))
		r.later(func() { r.changeAt(context.WithoutCancel(ctx), own, m, 1) })
	}
}

// later does something beside all else, before the round ends.
func (r *run) later(do func()) { r.posts.Go(do) }

// postTime is how long somebody waits for the answer to a form.
const postTime = 3 * time.Second

// changeAt changes a few things, through a node, if it answers. Every page sees one of them.
func (r *run) changeAt(ctx context.Context, rnd *rand.Rand, m *member, times int) {
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	for range times {
		n := rnd.IntN(1e6)
		switch rnd.IntN(4) {
		case 0:
			_, _ = r.form(ctx, m, "/tickets", "title", fmt.Sprintf("Ticket %d <&>", n), "body", "line\r\nline", "team", pick("1", "2", "3"))
		case 1:
			_, _ = r.form(ctx, m, "/tickets/"+pick("3", "4")+"/comments", "body", fmt.Sprintf("comment %d", n))
		case 2:
			_, _ = r.edit(ctx, m, strconv.Itoa(900+rnd.IntN(101)), fmt.Sprintf("title %d", n), "status", pick("open", "pending", "solved", "closed"))
		default:
			_, _ = r.edit(ctx, m, pick("3", "4"), fmt.Sprintf("title %d", n), "status", pick("open", "pending", "solved", "closed"))
		}
	}
}

func (r *run) edit(ctx context.Context, m *member, id, title string, fields ...string) (int, error) {
	return r.form(ctx, m, "/tickets/"+id, append(fields, "title", title)...)
}

func (r *run) form(ctx context.Context, m *member, path string, fields ...string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, postTime)
	defer cancel()
	return r.bosses[0].post(ctx, m.URL()+path, fields...)
}
