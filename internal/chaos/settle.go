//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// settle waits until all pages show the truth, or until the limit. Wrong are those that did not.
func (r *run) settle(ctx context.Context) (took time.Duration, wrong []string, err error) {
	start := time.Now()
	for suspects := r.pages; ; {
		t, err := r.stage.newTruth(ctx) // each time: a commit may have been late
		if err != nil {
			return 0, nil, err
		}
		var still []*page
		still, wrong, err = r.differing(ctx, t, suspects)
		t.leave()
		if err != nil {
			return 0, nil, err
		}
		took = time.Since(start)
		if len(still) == 0 && len(suspects) == len(r.pages) || len(still) > 0 && took > r.limit {
			return took, wrong, nil
		}
		if suspects = still; len(still) == 0 {
			suspects = r.pages // once more all of them, at the same time
			continue
		}
		if !rest(200*time.Millisecond, ctx.Done()) {
			return 0, nil, ctx.Err()
		}
	}
}

// differing are the pages that do not show the truth, and what they show.
func (r *run) differing(ctx context.Context, t *truth, pages []*page) (still []*page, wrong []string, err error) {
	for _, p := range pages {
		fresh, err := t.of(ctx, p)
		if err != nil {
			return nil, nil, err
		}
		if diff := p.compare(fresh); diff != "" {
			still = append(still, p)
			p.mu.Lock()
			home := p.nodes[p.home].Name
			p.mu.Unlock()
			wrong = append(wrong, fmt.Sprintf("%s of agent %s at node %s: %s", p.place.Path, p.who.agent, home, diff))
		}
	}
	return still, wrong, nil
}

// calmFor is longer than a node may be silent before others miss it.
const calmFor = 8 * time.Second

// calm has things change while nothing is broken: pages are true then without any resync.
func (r *run) calm(ctx context.Context) error {
	before, err := r.resyncs(ctx)
	if err != nil {
		return err
	}
	busy, stop := context.WithTimeout(ctx, calmFor)
	defer stop()
	r.write(busy, rand.New(rand.NewPCG(r.seed, 4)))
	r.posts.Wait()
	took, wrong, err := r.settle(ctx)
	if err == nil && len(wrong) > 0 {
		err = fmt.Errorf("without any fault: %s", wrong[0])
	}
	after, failed := r.resyncs(ctx)
	if err = errors.Join(err, failed); err == nil && after > before {
		err = fmt.Errorf("without any fault nodes have refetched everything %v times", after-before)
	}
	if err == nil {
		fmt.Fprintf(r.out, "%v of changes without a fault: true after %.1f s, no resync\n", calmFor, took.Seconds())
	}
	return err
}

// resyncs is how often the nodes have refetched everything.
func (r *run) resyncs(ctx context.Context) (sum float64, err error) {
	for _, m := range r.stage.nodes {
		now, failed := m.metrics(ctx)
		sum, err = sum+now.resyncs, errors.Join(err, failed)
	}
	return sum, err
}

// explain prints some of the wrong pages, and whether time heals them. Then all are loaded again, so that the next round begins
// with pages that are right.
func (r *run) explain(ctx context.Context, wrong []string) {
	for _, text := range wrong[:min(len(wrong), 3)] {
		fmt.Fprintln(r.out, text)
	}
	_, still, err := r.settle(ctx)
	fmt.Fprintf(r.out, "after %v more, %d are wrong (%v)\n", r.limit, len(still), err)
	for _, p := range r.pages {
		if err := p.load(ctx); err != nil {
			fmt.Fprintln(r.out, err)
		}
	}
}
