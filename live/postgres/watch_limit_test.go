//go:build unix

package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// What a killed node has asked for must not appear later than the others look again.
func TestTheServerLimitsStatements(t *testing.T) {
	b := newBed(t, postgres.Watch{PublishWrites: true}, "CREATE ROLE hasty LOGIN; ALTER ROLE hasty SET statement_timeout = '3s'; ALTER ROLE hasty SET idle_in_transaction_session_timeout = '1h'")
	for _, c := range []struct {
		who, statement, waiting string
		watched                 bool
	}{{"", "10s", "10s", true}, {"hasty", "3s", "10s", true}, {"", "0", "0", false}} {
		config := b.config.Copy()
		if !c.watched {
			config, _ = pgx.ParseConfig(shared.URL())
			defer postgres.Watch{Keeper: live.NewKeeper(live.Config{})}.Configure(config)()
		}
		if c.who != "" {
			config.User = c.who
		}
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.WithoutCancel(t.Context()))
		var statement, waiting string
		err = conn.QueryRow(t.Context(), "SELECT current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout')").Scan(&statement, &waiting)
		if err != nil || statement != c.statement || waiting != c.waiting {
			t.Errorf("%+v: a statement may last %s, a transaction may wait %s: %v", c, statement, waiting, err)
		}
	}
}
