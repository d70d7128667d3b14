//go:build unix

package postgres_test

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// The name of the database, and with it every topic, is known before the first statement, also where the connection that asks the
// server cannot be had.
func TestAWriteIsPublishedWithoutTheOtherConnection(t *testing.T) {
	b := newBed(t, postgres.Watch{PublishWrites: true}, shopWithTriggers+"; CREATE ROLE lonely LOGIN CONNECTION LIMIT 1; GRANT ALL ON ALL TABLES IN SCHEMA public TO lonely")
	config := b.config.Copy()
	config.User, config.Tracer, config.AfterConnect = "lonely", nil, nil
	program := &record{news: make(chan struct{}, 1)}
	program.attach(t, postgres.Watch{PublishWrites: true}, config)
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	exec(t, conn, "INSERT INTO members VALUES (1, 'me')")
	program.mu.Lock()
	defer program.mu.Unlock()
	if want := "postgres:" + b.name; !slices.Equal(program.published, []string{want}) {
		t.Errorf("published %q, want %q: %s", program.published, want, program.log.String())
	}
}

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
