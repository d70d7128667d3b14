//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// config is what the command line says.
type config struct {
	engine string
	seed   uint64
	pages  int
	faults int
	limit  time.Duration // within which pages must be right after a fault has ended
	only   string        // faults whose names match
	keep   bool          // the folder with the logs
}

// run is one run: a stage, the pages that look at it, and what has happened.
type run struct {
	config

	out    io.Writer
	stage  *stage
	rnd    *rand.Rand
	bosses []*visitor // they change things
	pages  []*page
	tally  tally

	posts sync.WaitGroup // forms under way

	mu   sync.Mutex // guards away
	away []*member  // nodes that are started again when all pages have been looked at
}

// chaos does a whole run. The error is what went wrong outside of pages; wrong pages are in the tally.
func chaos(ctx context.Context, cfg config, out io.Writer) (result tally, err error) {
	only, err := regexp.Compile(cfg.only)
	if err != nil {
		return result, err
	}
	list := possible(cfg.engine, only.MatchString)
	if len(list) == 0 {
		var names []string
		for _, f := range possible(cfg.engine, func(string) bool { return true }) {
			names = append(names, f.name)
		}
		return result, fmt.Errorf("no fault of %s is called %q: there are %s", cfg.engine, cfg.only, strings.Join(names, ", "))
	}
	r := &run{config: cfg, out: out, rnd: rand.New(rand.NewPCG(cfg.seed, 0)), tally: newTally(cfg)}
	fmt.Fprintf(out, "SEED=%d ENGINE=%s PAGES=%d FAULTS=%d\n", cfg.seed, cfg.engine, cfg.pages, cfg.faults)
	if r.stage, err = setStage(ctx, cfg.engine); err == nil {
		err = r.play(ctx, &deck{list: list, rnd: r.rnd})
	}
	keep := cfg.keep || err != nil || r.tally.wrong() > 0
	if keep {
		fmt.Fprintln(out, "The nodes' logs are in", r.stage.dir)
	}
	return r.tally, errors.Join(err, r.stage.close(keep))
}

// play opens the pages, has the faults happen, and looks at what is left.
func (r *run) play(ctx context.Context, cards *deck) error {
	people, err := r.people(ctx)
	if err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	var open sync.WaitGroup
	if err = r.open(following, people, &open); err == nil {
		err = r.calm(ctx)
	}
	if err == nil {
		err = r.rounds(ctx, cards)
	}
	if err == nil {
		err = r.streams(ctx, len(r.pages))
	}
	stop()
	open.Wait()
	for _, v := range people {
		v.leave()
	}
	if err != nil {
		return err
	}
	r.tally.left = r.stage.leftBehind(ctx)
	return nil
}

// people are agents of all teams, and several sessions of the boss: a session may have 64 streams.
func (r *run) people(ctx context.Context) (all []*visitor, err error) {
	for i := range 16 {
		agent := strconv.Itoa(1 + i)
		if i >= 10 {
			agent = boss
		}
		v, err := newVisitor(agent)
		if err != nil {
			return nil, err
		}
		if err := v.login(ctx, r.stage.nodes[i%nodeCount].URL()); err != nil {
			return nil, err
		}
		if agent == boss {
			r.bosses = append(r.bosses, v)
		}
		all = append(all, v)
	}
	return all, nil
}

// open loads the pages and has them follow, spread over places, people and nodes.
func (r *run) open(ctx context.Context, people []*visitor, following *sync.WaitGroup) error {
	all := places()
	for i := range r.config.pages {
		p := newPage(people[(i/len(all))%len(people)], all[i%len(all)], r.stage.nodes, i/3, htmldom.Lookup(strings.Contains(all[i%len(all)].Path, "htmx=4")))
		err := p.load(ctx)
		if errors.Is(err, errRefused) { // a ticket of another team
			p.who = r.bosses[i%len(r.bosses)]
			err = p.load(ctx)
		}
		if err != nil {
			return err
		}
		r.pages = append(r.pages, p)
		following.Go(func() { p.follow(ctx) })
	}
	if err := r.streams(ctx, len(r.pages)); err != nil {
		return err
	}
	_, wrong, err := r.settle(ctx)
	if err == nil && len(wrong) > 0 {
		err = fmt.Errorf("before any fault: %s", wrong[0])
	}
	return err
}

// streams waits until the nodes have so many streams together.
func (r *run) streams(ctx context.Context, want int) error {
	for end := time.Now().Add(30 * time.Second); ; {
		sum := 0
		for _, m := range r.stage.nodes {
			now, err := m.metrics(ctx)
			if err != nil {
				return err
			}
			sum += int(now.streams)
		}
		if sum == want {
			return nil
		}
		if time.Now().After(end) || !rest(100*time.Millisecond, ctx.Done()) {
			return fmt.Errorf("the nodes have %d streams, for %d pages", sum, want)
		}
	}
}

// rounds has one or two faults at a time happen, and looks at all pages after each time.
func (r *run) rounds(ctx context.Context, cards *deck) error {
	for left := r.config.faults; left > 0; {
		names, err := r.round(ctx, cards, left)
		if err != nil {
			return fmt.Errorf("%s: %w", strings.Join(names, " + "), err)
		}
		left -= len(names)
		took, wrong, err := r.settle(ctx)
		if err != nil {
			return err
		}
		r.tally.add(names, took, wrong)
		fmt.Fprintf(r.out, "%3d of %d: %-60s true after %4.1f s, %d wrong\n",
			r.config.faults-max(left, 0), r.config.faults, strings.Join(names, " + "), took.Seconds(), len(wrong))
		if len(wrong) > 0 {
			r.explain(ctx, wrong)
		}
		for _, m := range r.away {
			if err := m.start(ctx); err != nil {
				return err
			}
		}
		r.away = nil
	}
	return nil
}

// afterwards has a node started again when all pages have been looked at.
func (r *run) afterwards(m *member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away = append(r.away, m)
}

// round is the time of one fault, or of two at different nodes. In every fourth one forms are sent all the time, so that much
// is under way; in the others the last change is one that a fault may swallow, and no later one makes up for it.
func (r *run) round(ctx context.Context, cards *deck, left int) (names []string, err error) {
	busy, stop := context.WithCancel(ctx)
	var writing sync.WaitGroup
	if r.rnd.IntN(4) == 0 {
		rnd := rand.New(rand.NewPCG(r.rnd.Uint64(), 1))
		writing.Go(func() { r.write(busy, rnd) })
	}
	var happening sync.WaitGroup
	errs := make([]error, 2)
	first := cards.draw()
	names = append(names, first.name)
	r.begin(ctx, &happening, first, &errs[0])
	if !first.alone && left > 1 && r.rnd.IntN(3) == 0 && !cards.next().alone {
		second := cards.draw()
		names = append(names, second.name)
		r.begin(ctx, &happening, second, &errs[1])
	}
	happening.Wait()
	stop()
	writing.Wait()
	r.posts.Wait()
	return names, errors.Join(errs...)
}

func (r *run) begin(ctx context.Context, group *sync.WaitGroup, f fault, err *error) {
	h := &happening{run: r, rnd: rand.New(rand.NewPCG(r.rnd.Uint64(), 2))}
	if !f.alone {
		h.at = r.stage.pick(r.rnd)
	}
	group.Go(func() {
		if h.at != nil {
			defer h.at.mu.Unlock()
		}
		*err = f.happen(ctx, h)
	})
}
