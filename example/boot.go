package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/simulate"
	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/example/internal/web"
	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/live"
)

// A program is what main runs: the helpdesk, and what it is made of.
type program struct {
	flags flags
	url   string // where it is
	log   *slog.Logger
	front front

	// Made by boot, one after the other.
	broker live.Broker // nil: this node is the only one
	leave  func()      // ends the broker's connection
	keeper *live.Keeper
	db     *store.DB
}

// validate finds what is wrong with the flags whatever is there and what is not: trying again does not help.
func (f flags) validate() error {
	if err := store.Check(f.db); err != nil {
		return fmt.Errorf("-db: %w", err)
	}
	if scheme, _, found := strings.Cut(f.redis, "://"); f.redis != "" && (!found || !strings.HasPrefix(scheme, "redis") && scheme != "unix") {
		return errors.New("-redis: that is no URL of Redis, such as redis://127.0.0.1:6379")
	}
	if chosen := slices.DeleteFunc([]string{f.nats, f.redis, f.cluster}, func(flag string) bool { return flag == "" }); len(chosen) > 1 {
		return errors.New("-nats, -redis and -cluster: nodes meet in one place, give one of them")
	}
	if f.nats == "" {
		return nil
	}
	for server := range strings.SplitSeq(f.nats, ",") {
		server = strings.TrimSpace(server)
		if !strings.Contains(server, "://") {
			server = "nats://" + server
		}
		if u, err := url.Parse(server); err != nil || u.Hostname() == "" {
			return errors.New("-nats: that is no URL of a NATS server, such as nats://127.0.0.1:4222") // without the password that it may hold
		}
	}
	return nil
}

// work opens the helpdesk, and makes up changes for as long as it is open.
func (p *program) work(ctx context.Context) error {
	err := p.boot(ctx)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it was ended before it had begun
	}
	if err != nil {
		return err
	}
	simulator := simulate.Simulator{DB: p.db, Logger: p.log, Rate: p.flags.simulate}
	return simulator.Run(ctx)
}

// boot makes everything that the helpdesk needs. What is on the network may be away, and comes back.
func (p *program) boot(ctx context.Context) error {
	f := p.flags
	remote := f.nats != "" || f.redis != "" || f.cluster == "" && store.EngineOf(f.db) == "postgres"
	err := p.retry(ctx, "broker", remote, func() (err error) {
		p.broker, p.leave, err = join(ctx, f, p.log)
		return err
	})
	if err != nil {
		return err
	}
	p.keeper = live.NewKeeper(live.Config{ //nolint:contextcheck // it outlives ctx, to drain
		Broker: p.broker, Logger: p.log, CheckInterval: f.check, MaxFetches: store.MaxFetches(f.db),
	})
	var keys map[string][]byte
	err = p.retry(ctx, "database", store.EngineOf(f.db) == "postgres", func() (err error) {
		p.db, keys, err = p.openStore(ctx)
		return err
	})
	if err != nil {
		return err
	}
	handler, err := p.newHandler(keys) //nolint:contextcheck // it serves requests, each with its own
	if err != nil {
		return err
	}
	p.front.open(handler)
	p.log.Info("helpdesk is open", "url", p.url)
	return nil
}

// openTimeout is for one attempt to open and fill the database; 0: there is no other attempt.
func (f flags) openTimeout() time.Duration {
	if f.opening == 0 || store.EngineOf(f.db) != "postgres" {
		return 0
	}
	return f.opening + time.Duration(f.tickets)*time.Millisecond
}

// retryMost is the longest time between two attempts.
const retryMost = 5 * time.Second

// retry calls try until it works, or ctx ends. What is not on the network is tried once.
func (p *program) retry(ctx context.Context, what string, remote bool, try func() error) error {
	p.front.lacks.Store(&what)
	for wait := 500 * time.Millisecond; ; wait = min(2*wait, retryMost) {
		err := try()
		if err == nil || !remote || ctx.Err() != nil {
			return err
		}
		p.log.WarnContext(ctx, "the helpdesk cannot open yet, it tries again", "lacks", what, "in", wait, "error", err)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// openStore opens the database, which pages of the keeper follow, and fills it if it is new. The keys of the web side are kept
// in it, so that a restart logs nobody out.
func (p *program) openStore(ctx context.Context) (_ *store.DB, keys map[string][]byte, err error) {
	if limit := p.flags.openTimeout(); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit) // a database that falls silent while it is filled is asked again
		defer cancel()
	}
	db, err := store.Open(ctx, p.flags.db, p.keeper, p.broker)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	start := time.Now()
	seeded, err := db.Seed(ctx, p.flags.tickets, start)
	if err != nil {
		return nil, nil, err
	}
	if seeded {
		p.log.Info("seeded", "tickets", p.flags.tickets, "took", time.Since(start).Round(time.Millisecond))
	}
	keys = map[string][]byte{}
	for name, size := range map[string]int{"sessions.sign": 64, "sessions.encrypt": 32, "live": 32, "paging": 32} {
		if keys[name], err = db.Key(ctx, name, size); err != nil {
			return nil, nil, err
		}
	}
	return db, keys, nil
}

func (p *program) newHandler(keys map[string][]byte) (http.Handler, error) {
	scripts, err := nodemodules.Dir()
	if err != nil {
		p.log.Warn("pages work, but they are not live", "error", err)
	}
	return web.New(web.Config{
		DB: p.db, Keeper: p.keeper, Logger: p.log, Scripts: scripts, Secure: p.flags.secure,
		SessionKeys: [][]byte{keys["sessions.sign"], keys["sessions.encrypt"]},
		LiveKeys:    [][]byte{keys["live"]},
		PagingKeys:  [][]byte{keys["paging"]},
	})
}

// drain ends the streams. They are told to come back.
func (p *program) drain(ctx context.Context) error {
	if p.keeper == nil {
		return nil
	}
	return p.keeper.Close(ctx)
}

// close ends what drain and the server have left.
func (p *program) close() error {
	var err error
	if p.db != nil {
		err = p.db.Close()
	}
	if p.leave != nil {
		p.leave()
	}
	return err
}
