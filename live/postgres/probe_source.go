package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// source is a function in SQL whose body is a text, which PostgreSQL parses when it is called.
type source struct {
	function

	where reference
}

// parseSources has PostgreSQL parse the bodies of functions that were met, as it will when they are called.
func (w *walk) parseSources(ctx context.Context) error {
	all := w.sources
	w.sources = nil
	for _, s := range all {
		body, err := w.parseSource(ctx, s)
		switch {
		case errors.Is(err, errUnknowable):
			w.hides(s.function)
		case err != nil:
			return err
		default:
			w.visit(body, s.where)
		}
	}
	return nil
}

// parseSource is the body of a function in PostgreSQL's own form: that of another function with the same parameters.
func (w *walk) parseSource(ctx context.Context, s source) (body string, err error) {
	path := s.path
	if path == "" {
		path = w.path
	}
	nested, err := w.tx.Begin(ctx)
	if err != nil {
		return "", err
	}
	defer nested.Rollback(ctx)
	if err := setPath(ctx, nested, path); err != nil {
		return "", err
	}
	return bodyOf(ctx, nested, "htmxlive_source", s.parameters, s.source)
}

// findDeclared meets the tables that functions were declared to read.
func (w *walk) findDeclared(ctx context.Context) error {
	if len(w.met) == 0 {
		return nil
	}
	names := w.met
	w.met = nil
	rows, err := w.tx.Query(ctx, "SELECT n, coalesce(to_regclass(n)::oid, 0) FROM unnest($1::text[]) AS n", names)
	if err != nil {
		return err
	}
	var name string
	var oid uint32
	_, err = pgx.ForEachRow(rows, []any{&name, &oid}, func() error {
		if oid == 0 {
			return fmt.Errorf("%w: a function is declared to read %q, which is no table", errUnknowable, name)
		}
		w.tables = append(w.tables, oid)
		return nil
	})
	return err
}
