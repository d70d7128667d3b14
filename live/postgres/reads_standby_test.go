//go:build unix

package postgres_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// A standby may not have what was announced yet. Where that is allowed, it cannot be asked what is read, for it takes no function.
func TestAStandby(t *testing.T) {
	primary := pgtest.Start(t)
	exec(t, open(t, primary), "CREATE TABLE teams (id int)")
	standby, err := primary.Standby()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := standby.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, allowed := range []bool{false, true} {
		b := &bed{record: &record{news: make(chan struct{}, 1)}, t: t, name: "postgres"}
		if b.config, err = pgx.ParseConfig(standby.URL()); err != nil {
			t.Fatal(err)
		}
		b.attach(t, postgres.Watch{Standby: allowed}, b.config)
		b.Conn = b.connect()
		b.query("SELECT id FROM teams")
		if failed := b.failed != nil && strings.Contains(b.failed.Error(), "reads from a standby"); failed == allowed {
			t.Errorf("allowed %v: %v", allowed, b.failed)
		}
		want := ""
		if allowed {
			want = "*"
		}
		if fresh, _ := b.followed(); fresh != want {
			t.Errorf("allowed %v: follows %q, want %q: %s", allowed, fresh, want, b.said())
		}
	}
}
