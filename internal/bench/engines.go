package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/htmxlive/htmxlive/internal/natstest"
	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/internal/redistest"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/nats"
	"github.com/htmxlive/htmxlive/live/postgres"
	"github.com/htmxlive/htmxlive/live/redis"
)

// EnginesOf says how long each measurement of an engine takes, and how many there are.
type EnginesOf struct {
	For    time.Duration
	Rounds int
}

// Engine is how fast an engine carries frames from one node to another.
type Engine struct {
	Name       string
	Publishers int // goroutines that publish at the same time
	Rounds     []EngineRound
}

// EngineRound is one measurement.
type EngineRound struct {
	Took             time.Duration
	Published, Heard int64
	Publishers       int // goroutines
}

// engineFrame is about as long as the frame of a change of one row.
const engineFrame = 100

// joined is an engine with two nodes, and the end of all three.
type joined struct {
	name     string
	from, to live.Broker
	close    func() error
}

// Engines measures the engines that this machine has.
func (Lab) Engines(of EnginesOf, found *[]Engine) (err error) {
	for _, join := range []func(ctx context.Context) (joined, error){joinNATS, joinRedis, joinPostgreSQL} {
		if err := measureEngine(join, of, found); err != nil {
			return err
		}
	}
	return nil
}

func measureEngine(join func(ctx context.Context) (joined, error), of EnginesOf, found *[]Engine) (err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	j, err := join(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.close()) }()
	var heard atomic.Int64
	if err := j.to.Listen(ctx, func([]byte) { heard.Add(1) }); err != nil {
		return fmt.Errorf("%s: %w", j.name, err)
	}
	for _, publishers := range []int{1, 16, 64} {
		e := Engine{Name: j.name, Publishers: publishers}
		for range of.Rounds {
			round, err := publishFor(ctx, j.from, publishers, of.For, &heard)
			if err != nil {
				return fmt.Errorf("%s: %w", j.name, err)
			}
			e.Rounds = append(e.Rounds, round)
		}
		*found = append(*found, e)
	}
	return nil
}

// publishFor publishes from several goroutines, each waiting for its confirmations. The frames differ: an engine may take
// equal ones for one.
func publishFor(ctx context.Context, b live.Broker, publishers int, d time.Duration, heard *atomic.Int64) (round EngineRound, err error) {
	var wg sync.WaitGroup
	var published atomic.Int64
	errs := make(chan error, publishers)
	before, began := heard.Load(), time.Now()
	for i := range publishers {
		wg.Go(func() {
			for n := 0; time.Since(began) < d; n++ {
				if err := b.Publish(ctx, fmt.Appendf(nil, "%*d", engineFrame, n*publishers+i)); err != nil {
					errs <- err
					return
				}
				published.Add(1)
			}
		})
	}
	wg.Wait()
	close(errs)
	round = EngineRound{Took: time.Since(began), Published: published.Load(), Publishers: publishers}
	for deadline := time.Now().Add(grace); heard.Load() < before+round.Published && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	round.Heard = heard.Load() - before
	if round.Heard < round.Published {
		err = fmt.Errorf("of %d frames %d were heard", round.Published, round.Heard)
	}
	return round, errors.Join(err, <-errs)
}

func joinNATS(ctx context.Context) (j joined, err error) {
	s, err := natstest.New()
	if err != nil {
		return j, err
	}
	end := func() { natstest.Stop(s) }
	cfg := nats.Config{URL: s.ClientURL(), Logger: slog.New(slog.DiscardHandler)}
	from, err := nats.Connect(ctx, cfg)
	if err != nil {
		end()
		return j, err
	}
	to, err := nats.Connect(ctx, cfg)
	if err != nil {
		from.Close()
		end()
		return j, err
	}
	return joined{"NATS", from, to, func() error { from.Close(); to.Close(); end(); return nil }}, nil
}

func joinRedis(ctx context.Context) (j joined, err error) {
	programs, err := redistest.Programs()
	if err != nil {
		return j, err
	}
	s, err := redistest.New(programs[0])
	if err != nil {
		return j, err
	}
	cfg := redis.Config{URL: s.URL(), Logger: slog.New(slog.DiscardHandler)}
	from, err := redis.Connect(ctx, cfg)
	if err != nil {
		return j, errors.Join(err, s.Close())
	}
	to, err := redis.Connect(ctx, cfg)
	if err != nil {
		from.Close()
		return j, errors.Join(err, s.Close())
	}
	return joined{"Redis", from, to, func() error { from.Close(); to.Close(); return s.Close() }}, nil
}

func joinPostgreSQL(ctx context.Context) (j joined, err error) {
	s, err := pgtest.New("fsync=on", "synchronous_commit=on")
	if err != nil {
		return j, err
	}
	cfg := postgres.Config{URL: s.URL(), Logger: slog.New(slog.DiscardHandler)}
	from, err := postgres.Connect(ctx, cfg)
	if err != nil {
		return j, errors.Join(err, s.Close())
	}
	to, err := postgres.Connect(ctx, cfg)
	if err != nil {
		from.Close()
		return j, errors.Join(err, s.Close())
	}
	return joined{"PostgreSQL", from, to, func() error { from.Close(); to.Close(); return s.Close() }}, nil
}
