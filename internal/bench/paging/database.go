package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/htmxlive/htmxlive/internal/mariatest"
	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/paging"
)

// database is a filled table of tickets.
type database struct {
	dialect paging.Dialect
	db      *sql.DB
	stop    func() error
}

func (d *database) close() error { return errors.Join(d.db.Close(), d.stop()) }

// The rows are the same on all: spread by multiplication, so that neither the order of the heap nor that of the ids is
// that of any index. Every status has rows with and without due. A body makes them as wide as rows are.
const (
	fillColumns = `(id * 7368787) %% 2147483647, (id * 48271) %% 100003,
		CASE WHEN (id * 7919) %% 7 < 2 THEN NULL ELSE (id * 1299709) %% 500009 END, (id * 104729) %% 10, %s`
	bodyColumn = "'Printer on floor ' || id || ' prints everything twice, and twice in the wrong colour. Please come before noon.'"
)

func openSQLite(ctx context.Context, b bench) (*database, error) {
	dir, err := os.MkdirTemp("", "bench-paging")
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "t.db")+"?_pragma=journal_mode(wal)&_pragma=cache_size(-262144)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	d := &database{paging.SQLite, db, func() error { return os.RemoveAll(dir) }}
	err = d.fill(ctx, `CREATE TABLE tickets (id INTEGER PRIMARY KEY, created INTEGER NOT NULL, score INTEGER NOT NULL, due INTEGER,
		status INTEGER NOT NULL, body TEXT NOT NULL)`,
		fmt.Sprintf(`INSERT INTO tickets WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < %d)
			SELECT id, `+fillColumns+` FROM n`, b.rows, bodyColumn), "ANALYZE")
	return d, err
}

func openPostgres(ctx context.Context, b bench) (*database, error) {
	server, err := pgtest.New("shared_buffers=512MB", "max_wal_size=4GB", "work_mem=16MB", "autovacuum=off",
		fmt.Sprintf("random_page_cost=%g", b.randomPageCost))
	if err != nil {
		return nil, err
	}
	return openServer(ctx, paging.PostgreSQL, "pgx", server.URL(), server.Close,
		fmt.Sprintf(`INSERT INTO tickets SELECT id, `+fillColumns+` FROM generate_series(1, %d::bigint) AS id ORDER BY (id * 15485863) %% 1000003`,
			bodyColumn, b.rows), "VACUUM ANALYZE")
}

func openMariaDB(ctx context.Context, b bench) (*database, error) {
	server, err := mariatest.New("--innodb-buffer-pool-size=512M", "--sql-mode=PIPES_AS_CONCAT")
	if err != nil {
		return nil, err
	}
	return openServer(ctx, paging.MySQL, "mysql", server.DSN("test"), server.Close,
		fmt.Sprintf(`INSERT INTO tickets SELECT id, `+fillColumns+` FROM (SELECT seq AS id FROM seq_1_to_%d) AS n`, bodyColumn, b.rows),
		"ANALYZE TABLE tickets")
}

// openServer fills a table on a server, which it stops when that fails.
func openServer(ctx context.Context, dialect paging.Dialect, driver, url string, stop func() error, insert, analyze string) (*database, error) {
	db, err := sql.Open(driver, url)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	db.SetMaxOpenConns(1)
	d := &database{dialect, db, stop}
	err = d.fill(ctx, `CREATE TABLE tickets (id bigint PRIMARY KEY, created bigint NOT NULL, score int NOT NULL, due bigint,
		status int NOT NULL, body text NOT NULL)`, insert, analyze)
	return d, err
}

func (d *database) fill(ctx context.Context, create, insert, analyze string) error {
	statements := []string{create, insert}
	for i, l := range lists() {
		statements = append(statements, "CREATE INDEX "+indexName(i)+" ON tickets "+l.sort.Index(d.dialect))
	}
	for _, s := range append(statements, analyze) {
		if _, err := d.db.ExecContext(ctx, s); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", s, err), d.close())
		}
	}
	return nil
}

// indexName is the name of the index of a list.
func indexName(list int) string { return fmt.Sprintf("i%d", list) }
