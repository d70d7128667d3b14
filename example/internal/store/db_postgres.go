package store

import (
	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/live/postgres"
)

// openPostgres opens the database so that pages follow what they read. Triggers tell what any program writes, where the nodes
// hear them: then a change returns when this one has. Elsewhere a node tells the others what it writes itself.
func (db *DB) openPostgres(target string, triggers *postgres.Broker) error {
	db.dialect = postgresDialect()
	config, err := pgx.ParseConfig(target)
	if err != nil {
		return err
	}
	db.triggers = triggers != nil
	db.reads = postgres.Watch{Keeper: db.keeper, Broker: triggers, PublishWrites: triggers == nil}.Open(config)
	db.reads.SetMaxOpenConns(16)
	db.reads.SetMaxIdleConns(16)
	db.writes = db.reads
	return nil
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
