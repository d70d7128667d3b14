package postgres

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	schemaEvery = time.Second      // the schema is looked at, while somebody follows
	schemaIdle  = 30 * time.Second // after the last statement, before that ends
)

// schema notices changes of the database's schema. A statement that is remembered may read something else then.
type schema struct {
	version atomic.Uint64 // moves with each change that is noticed
	running atomic.Bool   // it is looked at now and then
	used    atomic.Int64  // when a statement was looked up last, in seconds
	wake    chan struct{} // look at once

	mu    sync.Mutex // guards everything below
	state string     // of the schema, when it was looked at last; "": it was not
	names functionNames
	end   context.CancelFunc // nil: it does not run
	done  chan struct{}
}

func (s *schema) functions() functionNames {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names
}

// current is called before what is remembered is used. It sees to it that changes of the schema are noticed.
func (w *watcher) current(ctx context.Context) error {
	now := time.Now().Unix()
	if w.schema.used.Load() != now {
		w.schema.used.Store(now)
	}
	if w.schema.running.Load() {
		return nil
	}
	if err := w.look(ctx); err != nil {
		return err
	}
	w.schema.mu.Lock()
	defer w.schema.mu.Unlock()
	if w.schema.running.Load() || w.keeper.Draining() {
		return nil
	}
	w.keepLooking() //nolint:contextcheck // it outlives the fetch
	return nil
}

// keepLooking looks at the schema until nothing needs that. It holds schema.mu.
func (w *watcher) keepLooking() {
	ctx, end := context.WithCancel(context.Background()) //nolint:forbidigo // no request is its parent; stop ends it
	w.schema.end, w.schema.done = end, make(chan struct{})
	w.schema.running.Store(true)
	go w.lookNowAndThen(ctx, w.schema.done)
}

// stop ends the looking, and waits until it has ended.
func (s *schema) stop() {
	s.mu.Lock()
	end, done := s.end, s.done
	s.end = nil
	s.mu.Unlock()
	if end != nil {
		end()
		<-done
	}
}

func (w *watcher) lookNowAndThen(ctx context.Context, done chan<- struct{}) {
	defer close(done)
	ticker := time.NewTicker(schemaEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			w.schema.running.Store(false)
			return
		case <-ticker.C:
		case <-w.schema.wake:
		}
		if w.unused() && w.endLooking() {
			return
		}
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			w.log.DebugContext(ctx, "postgres: changes of the schema cannot be noticed at the moment", "error", err)
		}
	}
}

// endLooking ends the looking, unless a statement has just begun to need it and found it running. It reports whether it has ended.
func (w *watcher) endLooking() bool {
	w.schema.mu.Lock()
	defer w.schema.mu.Unlock()
	w.schema.running.Store(false)
	if w.unused() {
		return true
	}
	w.schema.running.Store(true)
	return false
}

// unused reports whether nothing needs to know of changes of the schema.
func (w *watcher) unused() bool {
	last := time.Unix(w.schema.used.Load(), 0)
	return w.keeper.Draining() || time.Since(last) > schemaIdle && !w.keeper.Follows(w.root())
}

// lookSoon has the schema looked at without waiting for the next turn.
func (w *watcher) lookSoon() {
	select {
	case w.schema.wake <- struct{}{}:
	default:
	}
}

// look looks at the schema. A change is one of everything: what was remembered is forgotten, and every query is
// fetched, and asked what it reads, again.
func (w *watcher) look(ctx context.Context) error {
	state, names, err := w.side.fingerprint(ctx)
	if err != nil {
		return err
	}
	w.schema.mu.Lock()
	before := w.schema.state
	w.schema.state, w.schema.names = state, names
	w.schema.mu.Unlock()
	if before == state {
		return nil
	}
	w.schema.version.Add(1)
	w.forget()
	if before != "" {
		w.publish(ctx, w.root())
	}
	return nil
}

// What decides which tables a statement reads. It leaves out what changes with the data, such as a TRUNCATE, and temporary tables.
const fingerprintQuery = `
SELECT pg_catalog.sum(pg_catalog.hashtextextended(x, 0))::text FROM (
	SELECT ROW(c.oid, relname, relnamespace, relkind, relowner, relrowsecurity, relforcerowsecurity, reloptions, relnatts, relispartition)::text
	FROM pg_catalog.pg_class c WHERE c.oid >= 16384 AND relpersistence <> 't' AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
	UNION ALL SELECT ROW(oid, nspname)::text FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
	UNION ALL SELECT ROW(9, attrelid, attnum, a.xmin)::text FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = attrelid
	WHERE c.oid >= 16384 AND relpersistence <> 't' AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0
	UNION ALL SELECT ROW(10, oid, xmin)::text FROM pg_catalog.pg_enum
	UNION ALL SELECT ROW(1, oid, xmin)::text FROM pg_catalog.pg_rewrite WHERE oid >= 16384
	UNION ALL SELECT ROW(2, oid, xmin)::text FROM pg_catalog.pg_policy
	UNION ALL SELECT ROW(3, oid, xmin)::text FROM pg_catalog.pg_proc WHERE oid >= 16384
	UNION ALL SELECT ROW(4, inhrelid, inhparent)::text FROM pg_catalog.pg_inherits
	UNION ALL SELECT ROW(5, oid, xmin)::text FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
	UNION ALL SELECT ROW(6, oid, xmin)::text FROM pg_catalog.pg_operator WHERE oid >= 16384
	UNION ALL SELECT ROW(7, oid, xmin)::text FROM pg_catalog.pg_cast WHERE oid >= 16384
	UNION ALL SELECT ROW(8, oid, xmin)::text FROM pg_catalog.pg_constraint WHERE contype = 'f'
	UNION ALL SELECT ROW(oid, rolname, rolsuper, rolbypassrls, rolinherit)::text FROM pg_catalog.pg_roles
	UNION ALL SELECT ROW(roleid, member, xmin)::text FROM pg_catalog.pg_auth_members) AS t (x)`

// Functions that may write, change the session, or make temporary tables, by the words in them.
const functionNamesQuery = `
SELECT pg_catalog.lower(p.proname), p.provolatile = 'v' AND p.prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype,
	p.prosrc ~* '\m(set_config|role|search_path|authorization)\M', p.prosrc ~* '\m(temp|temporary)\M'
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384 AND l.lanname NOT IN ('c', 'internal') AND p.provolatile <> 'i'`

// fingerprint is a number that tells one state of the schema from another, and what functions there are.
func (s *side) fingerprint(ctx context.Context) (state string, names functionNames, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
	defer cancel()
	conn, err := s.connected(ctx)
	if err != nil {
		return "", names, err
	}
	if err := conn.QueryRow(ctx, fingerprintQuery).Scan(&state); err != nil {
		return "", names, err
	}
	if state != s.printed {
		if s.names, err = functionsOf(ctx, conn); err != nil {
			return "", names, err
		}
		s.printed = state
	}
	return state, s.names, nil
}

func functionsOf(ctx context.Context, conn *pgx.Conn) (names functionNames, err error) {
	names = functionNames{words{}, words{}, words{}}
	rows, err := conn.Query(ctx, functionNamesQuery)
	if err != nil {
		return names, err
	}
	var name string
	var writes, sets, temporary bool
	_, err = pgx.ForEachRow(rows, []any{&name, &writes, &sets, &temporary}, func() error {
		if len(wordsOf(name)) == 0 {
			return nil
		}
		for set, is := range map[*words]bool{&names.writing: writes, &names.setting: sets, &names.temporary: temporary} {
			if is {
				(*set)[wordsOf(name)[0]] = struct{}{}
			}
		}
		return nil
	})
	return names, err
}
