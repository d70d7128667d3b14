package paging_test

import (
	"cmp"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/go-sql-driver/mysql"

	"github.com/htmxlive/htmxlive/internal/mariatest"
	"github.com/htmxlive/htmxlive/paging"
)

// All tests share a server, as it takes seconds to start; each has a database of its own. TestMain closes it.
var (
	mariadb          = sync.OnceValues(func() (*mariatest.Server, error) { return mariatest.New() })
	mariadbDatabases atomic.Int64 // 0 when there is no server
)

// openMariaDB is a new database.
func openMariaDB(t *testing.T, parameters ...string) *sql.DB {
	t.Helper()
	name := fmt.Sprintf("test%d", mariadbDatabases.Add(1))
	server, err := mariadb()
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, openDB(t, "mysql", server.DSN("")), "CREATE DATABASE "+name)
	return openDB(t, "mysql", strings.Join(append([]string{server.DSN(name)}, parameters...), "&"))
}

func closeMariaDB() error {
	if mariadbDatabases.Load() == 0 {
		return nil
	}
	if server, err := mariadb(); err == nil {
		return server.Close()
	}
	return nil // a test has said that it could not be started
}

func mariadbEngine(t *testing.T) engine {
	t.Helper()
	db := openMariaDB(t)
	mustExec(t, db, `CREATE TABLE entries (id bigint PRIMARY KEY, team int NOT NULL, num bigint, few smallint NOT NULL,
		txt varchar(60) COLLATE utf8mb4_nopad_bin, word varchar(60) COLLATE utf8mb4_unicode_ci NOT NULL, real_ double,
		at_ datetime(6) NOT NULL, flag boolean NOT NULL, blob_ varbinary(20) NOT NULL)`)
	return engine{db, paging.MySQL, caseless(t, db)}
}

// caseless asks the server which words are alike in its collation, and how it orders the others.
func caseless(t *testing.T, db *sql.DB) func(a, b string) int {
	t.Helper()
	selects := make([]string, len(words))
	args := make([]any, len(words))
	for i, w := range words {
		selects[i], args[i] = "SELECT ? AS w", w
	}
	rows := query(t, db, `SELECT concat(dense_rank() OVER (ORDER BY w COLLATE utf8mb4_unicode_ci), ':', w) FROM (`+
		strings.Join(selects, " UNION ALL ")+`) AS words`, args...)
	rank := map[string]int{}
	for _, r := range rows {
		n, w, _ := strings.Cut(r, ":")
		rank[w], _ = strconv.Atoi(n)
	}
	if rank["a"] != rank["A"] || rank["a"] >= rank["b"] || len(rank) != len(words) {
		t.Fatalf("the collation has the ranks %v", rank)
	}
	return func(a, b string) int { return cmp.Compare(rank[a], rank[b]) }
}

// stored is a float as MySQL can store it: neither NaN nor an infinity.
func stored(f *float64) *float64 {
	switch {
	case f == nil || math.IsNaN(*f):
		return nil
	case math.IsInf(*f, 0):
		return new(math.Copysign(math.MaxFloat64, *f))
	default:
		return f
	}
}

// handled is how many rows the storage engine has given since FLUSH STATUS.
func (e engine) handled(t *testing.T) float64 {
	t.Helper()
	var n float64
	err := e.db.QueryRowContext(t.Context(), `SELECT sum(variable_value) FROM information_schema.session_status
		WHERE variable_name LIKE 'HANDLER\_READ\_%'`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
