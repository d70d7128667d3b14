//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"
)

func kill(m *member) error   { return m.Kill() }
func deploy(m *member) error { return m.Drain(20 * time.Second) }

// diesOwing: a node that cannot tell the others what it has committed ends, and what it knew ends with it.
func diesOwing(end func(m *member) error) func(ctx context.Context, h *happening) error {
	return func(ctx context.Context, h *happening) error {
		speechless := []trouble{{cut: true}, {mute: true}, {deaf: true, mute: true}}
		h.at.broker.set(speechless[h.rnd.IntN(len(speechless))])
		rest(h.some(300*time.Millisecond), ctx.Done())
		h.changeAt(ctx, h.rnd, h.at, 3)
		err := end(h.at)
		h.at.broker.mend(true)
		return errors.Join(err, h.again(ctx))
	}
}

// again starts the node, or only when all pages have been looked at: it may be away for good, as far as they know.
func (h *happening) again(ctx context.Context) error {
	if h.rnd.IntN(3) > 0 {
		h.afterwards(h.at)
		return nil
	}
	rest(h.some(time.Second), ctx.Done())
	return h.at.start(ctx)
}

// commitHeld has the node change a ticket, and the database hold the commit.
func (h *happening) commitHeld(ctx context.Context, id, word string) error {
	if err := h.stage.holdCommits(ctx); err != nil {
		return err
	}
	title := fmt.Sprintf("%s %d", word, h.rnd.IntN(1e6))
	h.later(func() { _, _ = h.edit(ctx, h.at, id, title) })
	rest(h.some(200*time.Millisecond), ctx.Done())
	return nil
}

// diesInCommit: the database commits what a node has asked for, after the node's death.
func diesInCommit(ctx context.Context, h *happening) error {
	if err := h.commitHeld(ctx, "3", "late"); err != nil {
		return err
	}
	err := h.at.Kill()
	rest(h.some(2*time.Second), ctx.Done())
	return errors.Join(err, h.stage.letCommitsGo(ctx), h.again(ctx))
}

// deployedInCommit: the answer of a commit is lost, the node has to end before anybody knows what became of it, and then it appears.
func deployedInCommit(ctx context.Context, h *happening) error {
	if err := h.commitHeld(ctx, "5", "deployed"); err != nil {
		return err
	}
	h.at.database.set(trouble{cut: true})
	rest(h.some(300*time.Millisecond), ctx.Done())
	err := deploy(h.at)
	rest(h.some(time.Second), ctx.Done())
	err = errors.Join(err, h.stage.letCommitsGo(ctx))
	h.at.database.mend(true)
	return errors.Join(err, h.again(ctx))
}

// allDieInCommit: nobody is left who could miss the node whose commit appears when all are back.
func allDieInCommit(ctx context.Context, h *happening) error {
	h.at = h.stage.nodes[h.rnd.IntN(nodeCount)]
	if err := h.commitHeld(ctx, "6", "orphaned"); err != nil {
		return err
	}
	var err error
	for _, m := range h.stage.nodes {
		err = errors.Join(err, m.Kill())
	}
	for _, m := range h.stage.nodes {
		err = errors.Join(err, m.start(ctx))
	}
	rest(h.some(2*time.Second), ctx.Done())
	return errors.Join(err, h.stage.letCommitsGo(ctx))
}

func killed(ctx context.Context, h *happening) error {
	own := rand.New(rand.NewPCG(h.rnd.Uint64(), 0))
	h.later(func() { h.changeAt(ctx, own, h.at, 1) })
	rest(h.some(20*time.Millisecond), ctx.Done())
	err := h.at.Kill()
	h.changeAt(ctx, h.rnd, h.others()[0], 1)
	return errors.Join(err, h.again(ctx))
}

func standsStill(ctx context.Context, h *happening) error {
	if err := h.at.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	h.changeAt(ctx, h.rnd, h.others()[0], 1)
	rest(h.some(4*time.Second), ctx.Done())
	return h.at.Signal(syscall.SIGCONT)
}

func deployed(ctx context.Context, h *happening) error {
	var ending sync.WaitGroup
	var err error
	ending.Go(func() { err = deploy(h.at) })
	h.changeAt(ctx, h.rnd, h.others()[0], 2)
	ending.Wait()
	return errors.Join(err, h.at.start(ctx))
}

// lostCommit: the connection to the database breaks while it commits, and the node lives on.
func lostCommit(ctx context.Context, h *happening) error {
	if err := h.commitHeld(ctx, "4", "lost"); err != nil {
		return err
	}
	h.at.database.set(trouble{cut: true})
	rest(h.some(time.Second), ctx.Done())
	err := h.stage.letCommitsGo(ctx)
	h.at.database.mend(true)
	return err
}
