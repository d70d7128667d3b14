package store

import (
	"context"
	"database/sql"
	"net"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/htmxlive/htmxlive/live/postgres"
)

// Limits of a connection, so that nobody waits for one that leads nowhere.
const (
	connectTime = 5 * time.Second        // to make one, where the URL has no connect_timeout
	answerTime  = 500 * time.Millisecond // for one that has been idle to show that it is alive
	idleTime    = 5 * time.Minute        // after which an idle one is closed
)

// openPostgres opens the database so that pages follow what they read. Triggers tell what any program writes, where the nodes
// hear them: then a change returns when this one has. Elsewhere a node tells the others what it writes itself.
func (db *DB) openPostgres(target string, triggers *postgres.Broker) error {
	db.dialect = postgresDialect()
	config, err := parsePostgres(target)
	if err != nil {
		return err
	}
	db.triggers = triggers != nil
	db.closeWatch = postgres.Watch{Keeper: db.keeper, Broker: triggers, PublishWrites: triggers == nil}.Configure(config)
	db.reads = sql.OpenDB(stdlib.GetConnector(*config, stdlib.OptionShouldPing(isDead)))
	db.reads.SetMaxOpenConns(poolSize(target))
	db.reads.SetMaxIdleConns(poolSize(target))
	db.reads.SetConnMaxIdleTime(idleTime)
	db.writes = db.reads
	return nil
}

func parsePostgres(target string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(target)
	if err != nil {
		return nil, err
	}
	if u, err := url.Parse(target); err == nil && !u.Query().Has("connect_timeout") {
		config.ConnectTimeout = connectTime
	}
	alive := net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}
	config.DialFunc = (&net.Dialer{KeepAliveConfig: alive}).DialContext
	return config, nil
}

// isDead asks a connection that has been idle whether it is alive. One that does not answer is closed, so the ping that true
// asks for fails at once, and database/sql takes another: a pool that was cut off is not waited for connection by connection.
func isDead(ctx context.Context, p stdlib.ShouldPingParams) bool {
	if p.IdleDuration < time.Second {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return p.Conn.PgConn().Ping(ctx) != nil
}

// followed is the tables that pages read, with the columns in which their queries look for rows.
func followed() []postgres.Table {
	return []postgres.Table{
		{Name: "tickets", Columns: []string{"team_id", "status"}},
		{Name: "comments", Columns: []string{"ticket_id"}},
		{Name: "agents", Columns: []string{"team_id"}},
		{Name: "teams"},
	}
}
