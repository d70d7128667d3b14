//go:build unix

package pgtest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ask is one answer from the server over a connection of its own.
func ask(t *testing.T, s *pgtest.Server, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var answer string
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestAServerOfOnesOwn(t *testing.T) {
	s := pgtest.Start(t, "max_connections=7")
	if got := ask(t, s, "SHOW max_connections"); got != "7" {
		t.Errorf("max_connections is %s: the setting was ignored", got)
	}
	if got := ask(t, s, "SHOW listen_addresses"); got != "" {
		t.Errorf("the server listens on %q: want the socket only", got)
	}

	// Data survive a stop, which is how tests of reconnecting work.
	ask(t, s, "SELECT lo_from_bytea(4711, 'kept')::text")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := pgx.Connect(t.Context(), s.URL()); err == nil {
		t.Error("the server still answers after Stop")
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, s, "SELECT convert_from(lo_get(4711), 'UTF8')"); got != "kept" {
		t.Errorf("after Start: %q", got)
	}
}
