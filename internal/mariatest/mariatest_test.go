//go:build unix

package mariatest_test

import (
	"database/sql"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/mariatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAServerOfOnesOwn(t *testing.T) {
	s, err := mariatest.New("--max-connections=17")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("mysql", s.DSN(""))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for what, want := range map[string]string{"@@max_connections": "17", "@@skip_networking": "1", "@@port": "0"} {
		var got string
		if err := db.QueryRowContext(t.Context(), "SELECT "+what).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", what, got, err, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("the server still answers after Close")
	}
}
