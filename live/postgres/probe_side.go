package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// side is the connection on which a watcher asks the server. It is made when it is needed.
type side struct {
	declared map[string][]string // what functions read, by their names

	root atomic.Pointer[string] // the topic of everything in the database, once its name is known

	// Of the connection that was watched last, which may have its password from a hook. Not behind mu, which is held while the
	// server is asked: a new connection waits for no answer.
	config atomic.Pointer[pgx.ConnConfig]

	mu     sync.Mutex // guards everything below, and the connection itself
	conn   *pgx.Conn  // nil: there is none
	closed bool

	printed string // the schema of which names is true
	names   functionNames
}

// configure is called with the configuration of each connection that is watched.
func (s *side) configure(config *pgx.ConnConfig) {
	config = config.Copy()
	config.Tracer = nil
	s.config.Store(config)
}

// connected is the connection. It holds mu.
func (s *side) connected(ctx context.Context) (*pgx.Conn, error) {
	if s.conn != nil && !s.conn.IsClosed() {
		return s.conn, nil
	}
	if s.closed {
		return nil, ErrClosed
	}
	config := s.config.Load().Copy()
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe // what it asks is the same again and again
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("postgres: the connection that asks what statements read: %w", err)
	}
	s.conn = conn
	var name string // without compilation: it takes the catalogs for huge
	if err := conn.QueryRow(ctx, "SELECT pg_catalog.current_database() FROM pg_catalog.set_config('jit', 'off', false)").Scan(&name); err != nil {
		s.hangUp(ctx)
		return nil, err
	}
	s.setRoot(name)
	return conn, nil
}

// setRoot notes the name of the database.
func (s *side) setRoot(database string) {
	root := "postgres:" + escape(database)
	s.root.Store(&root)
}

// hangUp ends the connection. It holds mu.
func (s *side) hangUp(ctx context.Context) {
	if s.conn != nil {
		hangUp(ctx, s.conn)
		s.conn = nil
	}
}

// rest ends the connection until it is needed again.
func (s *side) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hangUp(context.Background()) //nolint:forbidigo // what closes a connection of a pool has no context
}

// close ends the connection for good.
func (s *side) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.hangUp(context.Background()) //nolint:forbidigo // Close of a database has no context
}

// topicOf is the topic of a table, "schema.table", in the database whose topic is root.
func topicOf(root, table string) string { return root + "/" + escape(table) }

// escape keeps a "?" from beginning the conditions of a narrowed topic.
func escape(name string) string { return strings.ReplaceAll(name, "?", "%3F") }
