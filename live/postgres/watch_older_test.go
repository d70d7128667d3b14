//go:build unix

package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/live/postgres"
)

// A program that comes while another one's transaction is under way does not know whether anybody will publish it.
func TestTransactionsOlderThanTheProgram(t *testing.T) {
	for _, c := range []struct {
		name  string
		leave []string // by an older session, before the program comes
		end   string   // and afterwards
		want  int
	}{
		{"a commit", []string{"BEGIN", "INSERT INTO members VALUES (1, 'me')"}, "COMMIT", 1},
		{"a rollback", []string{"BEGIN", "INSERT INTO members VALUES (1, 'me')"}, "ROLLBACK", 1},
		{"nothing", []string{"SELECT 1"}, "INSERT INTO members VALUES (1, 'me')", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBed(t, postgres.Watch{PublishWrites: true}, shopWithTriggers)
			older := b.other()
			for _, sql := range c.leave {
				exec(t, older, sql)
			}
			program := &record{news: make(chan struct{}, 1)}
			config := b.config.Copy()
			config.Tracer, config.AfterConnect = nil, nil
			program.attach(t, postgres.Watch{PublishWrites: true}, config)
			for range 2 {
				conn, err := pgx.ConnectConfig(t.Context(), config)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close(context.WithoutCancel(t.Context()))
			}
			time.Sleep(1200 * time.Millisecond) // two looks of real time, which is the server's
			if n := program.resynced(); n != 0 {
				t.Errorf("%d resyncs before the end", n)
			}
			exec(t, older, c.end)
			for end := time.Now().Add(5 * time.Second); program.resynced() < c.want && time.Now().Before(end); {
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(600 * time.Millisecond)
			if n := program.resynced(); n != c.want {
				t.Errorf("%d resyncs, want %d", n, c.want)
			}
		})
	}
}

func (r *record) resynced() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.resyncs
}
