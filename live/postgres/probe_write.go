package postgres

import (
	"context"
	"slices"
)

// What the tables that a statement names are written with: what refers to them by a foreign key that does something, and the
// ancestors of all of these. Loud is a rule or a trigger that may write something else: its function is not known to be without statements
// and without calls of functions that write.
const writesQuery = `
WITH RECURSIVE wrote (rel) AS (
	SELECT unnest($1::oid[])
	UNION
	SELECT x.rel FROM wrote w, LATERAL (
		SELECT i.inhrelid AS rel FROM pg_inherits i WHERE i.inhparent = w.rel
		UNION ALL
		SELECT f.conrelid FROM pg_constraint f WHERE f.confrelid = w.rel AND f.contype = 'f'
			AND (f.confdeltype IN ('c', 'n', 'd') OR f.confupdtype IN ('c', 'n', 'd'))) AS x),
up (rel) AS (SELECT rel FROM wrote UNION SELECT i.inhparent FROM up u JOIN pg_inherits i ON i.inhrelid = u.rel)
SELECT
	ARRAY(SELECT n.nspname || '.' || c.relname FROM up JOIN pg_class c ON c.oid = up.rel JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind <> 'v'),
	EXISTS (SELECT FROM wrote w JOIN pg_rewrite r ON r.ev_class = w.rel WHERE r.ev_type <> '1')
	OR EXISTS (
		SELECT FROM wrote w JOIN pg_trigger t ON t.tgrelid = w.rel JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
		WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgname NOT LIKE 'htmxlive\_%' AND p.oid >= 16384 AND (l.lanname <> 'plpgsql'
			OR p.prosrc ~* '\m(insert|update|delete|merge|truncate|execute|perform|call|copy|select|with)\M'
			OR EXISTS (SELECT FROM pg_proc q JOIN pg_language ql ON ql.oid = q.prolang WHERE q.oid >= 16384 AND q.oid <> p.oid AND q.provolatile = 'v'
				AND ql.lanname NOT IN ('c', 'internal') AND strpos(lower(p.prosrc), lower(q.proname)) > 0)))`

// findWrites finds what else is written with the tables that a statement names.
func (w *walk) findWrites(ctx context.Context) error {
	targets := w.targets
	if w.throughView {
		targets = slices.Concat(targets, w.tables) // the view's are among them
	}
	w.access.writes = len(targets) > 0 || w.access.loud
	if len(targets) == 0 {
		return nil
	}
	var loud bool
	err := w.tx.QueryRow(ctx, writesQuery, targets).Scan(&w.access.written, &loud)
	w.access.loud = w.access.loud || loud
	return err
}
