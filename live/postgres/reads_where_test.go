//go:build unix

package postgres_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// told makes tables have triggers that tell columns, whatever they do.
const toldBy = `
	CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	CREATE PROCEDURE tells(rel regclass, VARIADIC args text[]) LANGUAGE plpgsql AS $$
	DECLARE what text; BEGIN
		FOREACH what IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
			EXECUTE format('CREATE TRIGGER htmxlive_%s AFTER %s ON %s EXECUTE FUNCTION tell(%s)', what, what, rel,
				(SELECT string_agg(quote_literal(a), ', ') FROM unnest(args) a));
		END LOOP;
	END $$;
	CALL tells('tickets', 'htmxlive', 'id', 'team_id', 'title');
	CALL tells('teams', 'htmxlive', 'id');
	CALL tells('app.tickets', 'htmxlive', 'id');
	CREATE TABLE dated (id int, at date);
	CALL tells('dated', 'htmxlive', 'id', 'at');
	CALL tells('logs', 'htmxlive', '', 'day', 'id');
	CALL tells('logs1', 'htmxlive', '', 'day');
	CALL tells('logs2', 'htmxlive', '', 'day');
	CALL tells('logs2a', 'htmxlive', '', 'day');`

func TestWhere(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop+toldBy)
	for name, c := range map[string]struct {
		table, column string
		values        []any
		sql, want     string
	}{
		"a column that is told":      {"tickets", "team_id", []any{3}, "SELECT title FROM tickets", "tickets?team_id=3"},
		"several values":             {"tickets", "team_id", []any{3, 4}, "SELECT title FROM tickets", "tickets?team_id=3&team_id=4"},
		"by its schema":              {"public.Tickets", "team_id", []any{3}, "SELECT title FROM tickets", "tickets?team_id=3"},
		"the key":                    {"tickets", "id", []any{3}, "SELECT title FROM tickets", "tickets?id=3"},
		"a column that is not told":  {"tickets", "state", []any{"open"}, "SELECT title FROM tickets", "tickets"},
		"another table":              {"tickets", "team_id", []any{3}, "SELECT name FROM teams", "teams"},
		"through a view":             {"tickets", "team_id", []any{1}, "SELECT title FROM open_tickets", "teams tickets?team_id=1"},
		"no trigger tells":           {"comments", "id", []any{3}, "SELECT body FROM comments", "comments"},
		"another schema":             {"app.tickets", "id", []any{3}, "SELECT FROM app.tickets", "app.tickets?id=3"},
		"another table of that name": {"tickets", "id", []any{3}, "SELECT FROM app.tickets", "app.tickets"}, // which the name alone does not mean
		"a type that has changed":    {"dated", "at", []any{"2026-01-01"}, "SELECT FROM dated", "dated"},    // its trigger was made when it was a text
		"a partitioned table":        {"logs", "day", []any{1}, "SELECT FROM logs", "logs?day=1"},
		"not told by all partitions": {"logs", "id", []any{1}, "SELECT FROM logs", "logs"},
		"a partition":                {"logs1", "day", []any{1}, "SELECT FROM logs1", "logs1?day=1 logs?day=1"},
	} {
		ctx := live.Where(t.Context(), c.table, c.column, c.values...)
		b.followed()
		rows, _ := b.Query(ctx, c.sql)
		rows.Close()
		if got, _ := b.followed(); got != c.want || rows.Err() != nil {
			t.Errorf("%s: follows %q, want %q (%v)", name, got, c.want, rows.Err())
		}
	}
}

// A row that Where says is not there is an error of the fetch, in each way to read it.
func TestARowOtherThanItsAuthorSays(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	db := stdlib.OpenDB(*b.config)
	defer db.Close()
	for name, c := range map[string]struct {
		column string
		values []any
		sql    string
		ok     bool
	}{
		"as it says":       {"team_id", []any{1, 2}, "SELECT * FROM tickets", true},
		"another value":    {"team_id", []any{1}, "SELECT * FROM tickets", false},
		"as it says, text": {"state", []any{"open", "done"}, "SELECT title, state FROM tickets", true},
		"another text":     {"state", []any{"open"}, "SELECT title, state AS s FROM tickets", false},
		"case":             {"title", []any{"LAMP", "MOUSE"}, "SELECT title FROM tickets", true},
		"no such column":   {"team_id", []any{1}, "SELECT title FROM tickets", true},
		"an expression":    {"team_id", []any{1}, "SELECT team_id + 1 FROM tickets", true},
		"an outer join":    {"team_id", []any{1}, "SELECT t.team_id FROM teams m LEFT JOIN tickets t ON t.team_id = m.id AND m.id = 1", true},
		"a wide row":       {"team_id", []any{1}, "SELECT repeat('x', 100000), team_id FROM tickets ORDER BY id", false},
		"many rows":        {"team_id", []any{1}, "SELECT team_id FROM tickets, generate_series(1, 20000) ORDER BY team_id", false},
	} {
		ctx := live.Where(t.Context(), "tickets", c.column, c.values...)
		for way, read := range map[string]func() error{
			"cached":          func() error { return all(b.Query(ctx, c.sql)) },
			"cached, again":   func() error { return all(b.Query(ctx, c.sql)) },
			"exec":            func() error { return all(b.Query(ctx, c.sql, pgx.QueryExecModeExec)) },
			"describe":        func() error { return all(b.Query(ctx, c.sql, pgx.QueryExecModeCacheDescribe)) },
			"simple protocol": func() error { return all(b.Query(ctx, c.sql, pgx.QueryExecModeSimpleProtocol)) },
			"text":            func() error { return all(b.Query(ctx, c.sql, pgx.QueryResultFormats{pgx.TextFormatCode})) },
			"database/sql": func() error {
				rows, err := db.QueryContext(ctx, c.sql)
				return drain(rows, err)
			},
		} {
			b.followed()
			if err := read(); err != nil {
				t.Errorf("%s, %s: %v", name, way, err)
			}
			if b.failed == nil != c.ok || b.failed != nil && !strings.Contains(b.failed.Error(), "public.tickets."+c.column) {
				t.Errorf("%s, %s: %v", name, way, b.failed)
			}
		}
	}
}

// So is one of a table that is known by its schema only.
func TestARowOtherThanItsAuthorSaysInAnotherSchema(t *testing.T) {
	b := newBed(t, postgres.Watch{}, shop)
	b.must("INSERT INTO app.tickets VALUES (9)")
	b.followed()
	if err := all(b.Query(live.Where(t.Context(), "app.tickets", "id", 3), "SELECT id FROM app.tickets")); err != nil {
		t.Error(err)
	}
	if b.failed == nil || !strings.Contains(b.failed.Error(), "9 in app.tickets.id") {
		t.Errorf("the fetch fails with %v", b.failed)
	}
}

func all(rows pgx.Rows, err error) error {
	if err != nil {
		return err
	}
	for rows.Next() {
		continue
	}
	return rows.Err()
}

// Values of a column are compared as the database compares them, in each format in which they come.
func TestARowOfATypeThatGoDoesNotHave(t *testing.T) {
	b := newBed(t, postgres.Watch{}, `CREATE TABLE sums (id uuid, amount numeric(20,2));
		INSERT INTO sums VALUES ('00000000-0000-0000-0000-000000000001', 9007199254740993), ('7c9e6679-7425-40de-944b-e07fc1f90ae7', 9007199254740993)`)
	for name, c := range map[string]struct {
		column string
		values []any
		ok     bool
	}{
		"both ids":       {"id", []any{"{00000000000000000000000000000001}", "7C9E6679-7425-40DE-944B-E07FC1F90AE7"}, true},
		"one of two":     {"id", []any{"00000000-0000-0000-0000-000000000001"}, false},
		"a great number": {"amount", []any{int64(9007199254740993)}, true},
		"one beside it":  {"amount", []any{int64(9007199254740992)}, false},
	} {
		ctx := live.Where(t.Context(), "sums", c.column, c.values...)
		for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeSimpleProtocol} {
			b.followed()
			if err := all(b.Query(ctx, "SELECT id, amount FROM sums", mode)); err != nil {
				t.Error(err)
			}
			if b.failed == nil != c.ok {
				t.Errorf("%s, %s: %v", name, mode, b.failed)
			}
		}
	}
}
