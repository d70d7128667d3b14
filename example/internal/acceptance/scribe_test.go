package acceptance_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/live/sqlite"
)

// A scribe writes scripts into the database of a desk, in ways that the helpdesk knows nothing of.
type scribe struct {
	desk         *desk
	shell        shell
	rnd          *rand.Rand
	done, failed map[string]int   // scripts, by way
	errs         map[string]error // the last of those that failed

	mu     sync.Mutex // guards direct
	direct *sql.DB    // nil while the server is away
}

// open opens the database in the server's process.
func (s *scribe) open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if store.EngineOf(s.desk.target) == "postgres" {
		s.direct, err = sql.Open("pgx", s.desk.target)
	} else {
		pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "foreign_keys(ON)"}, "_txlock": {"immediate"}}
		s.direct, err = sqlite.Open("file:"+s.desk.target+"?"+pragmas.Encode(), s.desk.keeper)
	}
	if err != nil {
		s.desk.t.Error(err)
	}
}

// close waits for the script that is under way there.
func (s *scribe) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.direct.Close(); err != nil {
		s.desk.t.Error(err)
	}
	s.direct = nil
}

// ways are the ways to run a script.
func (s *scribe) ways() map[string]func(ctx context.Context, script script) error {
	return map[string]func(ctx context.Context, script script) error{
		"by the shell": s.shell.run,
		"by a shell that is killed": func(ctx context.Context, script script) error {
			return s.soon(ctx, func(ctx context.Context) error { return s.shell.run(ctx, script) })
		},
		"in the process": s.runDirect,
		"in the process, cancelled": func(ctx context.Context, script script) error {
			return s.soon(ctx, func(ctx context.Context) error { return s.runDirect(ctx, script) })
		},
	}
}

// soon runs something that is cancelled after a while, which may be when it is done.
func (s *scribe) soon(ctx context.Context, run func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.rnd.IntN(400_000))*time.Microsecond)
	defer cancel()
	return run(ctx)
}

// write runs one script after the other until ctx ends. What fails is rolled back: other writers may be in the way.
func (s *scribe) write(ctx context.Context) {
	names := []string{"by the shell", "by a shell that is killed", "in the process", "in the process, cancelled"}
	ways := s.ways()
	for ctx.Err() == nil {
		way := names[s.rnd.IntN(len(names))]
		switch err := ways[way](context.WithoutCancel(ctx), newScript(s.rnd)); {
		case err == nil:
			s.done[way]++
		case !errors.Is(err, errAway):
			s.failed[way]++
			s.errs[way] = err
		}
		pause(ctx, nil)
	}
}

var errAway = errors.New("the server is away")

// runDirect runs a script through database/sql. The connection of one that failed is not used again.
func (s *scribe) runDirect(ctx context.Context, script script) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.direct == nil {
		return errAway
	}
	c, err := s.direct.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := script.runOn(ctx, c); err != nil {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
		return err
	}
	return nil
}

// runOn runs the statements, in a transaction if they are to be one.
func (s script) runOn(ctx context.Context, c *sql.Conn) error {
	if s.end == "" {
		return s.each(func(statement string) error {
			_, err := c.ExecContext(ctx, statement)
			return err
		})
	}
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit there is nothing to roll back
	err = s.each(func(statement string) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	})
	if err != nil || s.end == "ROLLBACK" {
		return err
	}
	return tx.Commit()
}
