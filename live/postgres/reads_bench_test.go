//go:build unix

package postgres_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/postgres"
)

var tag = pgconn.NewCommandTag("SELECT 1")

// What recording adds to a query that is remembered, without the server: the tracer is called, and nothing else.
func BenchmarkRemembered(b *testing.B) {
	bed := newBed(b, postgres.Watch{}, shop+toldBy)
	const sql = "SELECT t.title, m.name FROM tickets t JOIN teams m ON m.id = t.team_id WHERE t.team_id = $1"
	tracer := bed.config.Tracer
	bed.query(sql, 1)
	for name, ctx := range map[string]context.Context{
		"recorded": b.Context(), "where": live.Where(b.Context(), "tickets", "team_id", 1), "not recorded": bed.unrecorded(),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ctx := tracer.TraceQueryStart(ctx, bed.Conn, pgx.TraceQueryStartData{SQL: sql, Args: []any{1}})
				tracer.TraceQueryEnd(ctx, bed.Conn, pgx.TraceQueryEndData{CommandTag: tag})
				bed.read = bed.read[:0]
			}
		})
	}
}

// A query of one row, beside that of a connection that is not watched.
func BenchmarkQuery(b *testing.B) {
	bed := newBed(b, postgres.Watch{}, shop+toldBy)
	for name, c := range map[string]*pgx.Conn{"watched": bed.Conn, "not watched": bed.other()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var title string
				if err := c.QueryRow(b.Context(), "SELECT title FROM tickets WHERE id = $1", 1).Scan(&title); err != nil {
					b.Fatal(err)
				}
				bed.read = bed.read[:0]
			}
		})
	}
}

// A statement that is new: what it reads is asked.
func BenchmarkProbe(b *testing.B) {
	bed := newBed(b, postgres.Watch{}, shop+toldBy)
	tracer := bed.config.Tracer
	for i := 0; b.Loop(); i++ {
		sql := "SELECT t.title, m.name FROM tickets t JOIN teams m ON m.id = t.team_id WHERE t.team_id = " + strconv.Itoa(i)
		ctx := tracer.TraceQueryStart(b.Context(), bed.Conn, pgx.TraceQueryStartData{SQL: sql})
		tracer.TraceQueryEnd(ctx, bed.Conn, pgx.TraceQueryEndData{CommandTag: tag})
	}
}
