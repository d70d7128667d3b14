//go:build unix

package main

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// psql runs statements as another program does.
func (s *stage) psql(ctx context.Context, statements ...string) error {
	conn, err := pgx.Connect(ctx, s.engines.database.URL())
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err = conn.Exec(ctx, statement); err != nil {
			break
		}
	}
	if closed := conn.Close(ctx); err == nil {
		err = closed
	}
	return err
}
