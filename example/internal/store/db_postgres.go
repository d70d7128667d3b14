package store

import (
	"database/sql"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx
)

func (db *DB) openPostgres(target string) (err error) {
	db.dialect = postgresDialect()
	db.topic = "helpdesk"
	db.reads, err = sql.Open("pgx", target)
	if err != nil {
		return err
	}
	db.reads.SetMaxOpenConns(16)
	db.reads.SetMaxIdleConns(16)
	db.writes = db.reads
	return nil
}
