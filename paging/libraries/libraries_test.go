package libraries_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/mysqldialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/htmxlive/htmxlive/internal/mariatest"
	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/paging"
)

// One PostgreSQL and one MariaDB are there for all tests, which make their tables anew.
var (
	server *pgtest.Server
	maria  *mariatest.Server
)

func TestMain(m *testing.M) {
	os.Exit(withServers(m.Run))
}

// withServers starts the servers at the same time, and is 1 where one of them fails.
func withServers(run func() int) int {
	var starts sync.WaitGroup
	var pgErr, mariaErr error
	starts.Go(func() { server, pgErr = pgtest.New() })
	starts.Go(func() { maria, mariaErr = mariatest.New() })
	starts.Wait()
	code := 1
	err := errors.Join(pgErr, mariaErr)
	if err == nil {
		code = run()
	}
	if pgErr == nil {
		err = errors.Join(err, server.Close())
	}
	if mariaErr == nil {
		err = errors.Join(err, maria.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

var testCodec = paging.NewCodec([]byte("a key for tests, 32 bytes long.."))

// database is one of the three, as each library opens it.
type database struct {
	dialect paging.Dialect
	sql     *sql.DB
	gorm    *gorm.DB
	bun     *bun.DB
}

func openPostgres(t *testing.T) database {
	t.Helper()
	db := openSQL(t, "pgx", server.URL())
	return database{
		dialect: paging.PostgreSQL, sql: db, bun: bun.NewDB(db, pgdialect.New()), gorm: openGorm(t, postgres.New(postgres.Config{Conn: db})),
	}
}

func openSQLite(t *testing.T) database {
	t.Helper()
	db := openSQL(t, "sqlite", ":memory:")
	return database{
		dialect: paging.SQLite, sql: db, bun: bun.NewDB(db, sqlitedialect.New()), gorm: openGorm(t, sqlite.Dialector{Conn: db}),
	}
}

func openMariaDB(t *testing.T) database {
	t.Helper()
	db := openSQL(t, "mysql", maria.DSN("test"))
	return database{
		dialect: paging.MySQL, sql: db, bun: bun.NewDB(db, mysqldialect.New()), gorm: openGorm(t, mysql.New(mysql.Config{Conn: db})),
	}
}

func openSQL(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func openGorm(t *testing.T, d gorm.Dialector) *gorm.DB {
	t.Helper()
	db, err := gorm.Open(d, &gorm.Config{Logger: logger.Discard})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func openPgx(t *testing.T, mode pgx.QueryExecMode) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = mode
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// exec runs statements with ? for placeholders.
func (d database) exec(t *testing.T, stmt string, args ...any) {
	t.Helper()
	if _, err := d.sql.ExecContext(t.Context(), d.bind(stmt), args...); err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
}

// bind writes ? as the database does.
func (d database) bind(stmt string) string {
	if d.dialect != paging.PostgreSQL {
		return stmt
	}
	for i := 1; strings.Contains(stmt, "?"); i++ {
		stmt = strings.Replace(stmt, "?", fmt.Sprintf("$%d", i), 1)
	}
	return stmt
}

// ids is a column of numbers.
func (d database) ids(t *testing.T, stmt string, args ...any) []int64 {
	t.Helper()
	rows, err := d.sql.QueryContext(t.Context(), stmt, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

var baseTime = time.Date(2026, 2, 28, 23, 59, 59, 999_999_000, time.UTC)
