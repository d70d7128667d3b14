package postgres

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// family is a table that is read, and what tells of its rows: the table itself and its ancestors, through which they can be written.
// Its partitions and children tell the same topics.
type family struct {
	table  string   // "schema.table"
	names  []string // for conditions
	heard  []member
	sql    string // the table in SQL
	silent bool   // it or a partition has no triggers
}

// member is a table whose topic is followed.
type member struct {
	topic string
	told  []string // columns of which changes under the topic tell the value
}

const familiesQuery = `
WITH RECURSIVE down (root, rel) AS (
	SELECT r, r FROM unnest($1::oid[]) AS r UNION SELECT d.root, i.inhrelid FROM down d JOIN pg_inherits i ON i.inhparent = d.rel),
up (root, rel) AS (
	SELECT root, rel FROM down UNION SELECT u.root, i.inhparent FROM up u JOIN pg_inherits i ON i.inhrelid = u.rel),
heard (root, rel) AS (
	SELECT root, rel FROM up u WHERE u.rel = u.root OR NOT EXISTS (SELECT FROM down d WHERE d.root = u.root AND d.rel = u.rel)),
below (rel, part) AS (
	SELECT rel, rel FROM heard UNION SELECT b.rel, i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.part)
SELECT h.root, h.rel, n.nspname, c.relname, b.part, pn.nspname || '.' || p.relname, format('%I.%I', pn.nspname, p.relname), p.relkind::text,
	ARRAY(SELECT lower(a.attname) FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation
		WHERE a.attrelid = b.part AND a.attnum > 0 AND NOT a.attisdropped AND coalesce(l.collisdeterministic, true) AND (y.typtype IN ('e', 'd')
		OR y.typname IN ('int2', 'int4', 'int8', 'bool', 'uuid', 'numeric', 'text', 'varchar', 'bpchar', 'name', 'citext'))),
	ARRAY(SELECT t.tgargs FROM pg_trigger t WHERE t.tgrelid = b.part AND t.tgenabled IN ('O', 'A')
		AND t.tgname IN ('htmxlive_insert', 'htmxlive_update', 'htmxlive_delete'))
FROM heard h JOIN pg_class c ON c.oid = h.rel JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN below b ON b.rel = h.rel JOIN pg_class p ON p.oid = b.part JOIN pg_namespace pn ON pn.oid = p.relnamespace
ORDER BY h.root, h.rel = h.root DESC, h.rel, b.part = b.rel DESC, b.part`

// part is a table of a family, or a partition of one.
type part struct {
	root, rel, oid      uint32
	schema, table, name string
	quoted, kind        string
	comparable          []string // columns whose values can be told, as they are today
	triggers            [][]byte // the arguments of its triggers
}

// findFamilies finds what tells of the tables that were met.
func (w *walk) findFamilies(ctx context.Context) error {
	slices.Sort(w.tables)
	w.tables = slices.Compact(w.tables)
	if len(w.tables) == 0 {
		return nil
	}
	visible, err := w.visible(ctx, w.tables)
	if err != nil {
		return err
	}
	rows, err := w.tx.Query(ctx, familiesQuery, w.tables)
	if err != nil {
		return err
	}
	var p part
	var root, rel uint32
	_, err = pgx.ForEachRow(rows, []any{&p.root, &p.rel, &p.schema, &p.table, &p.oid, &p.name, &p.quoted, &p.kind, &p.comparable, &p.triggers}, func() error {
		if p.root != root {
			w.access.families = append(w.access.families, family{table: p.schema + "." + p.table, sql: p.quoted, names: conditionNames(p.schema, p.table, visible[p.root])})
			rel = 0
		}
		f := &w.access.families[len(w.access.families)-1]
		if p.rel != rel {
			f.heard = append(f.heard, member{topic: p.schema + "." + p.table, told: p.told()})
		}
		w.addPart(f, p)
		root, rel, p.comparable, p.triggers = p.root, p.rel, nil, nil
		return nil
	})
	return err
}

// visible is those of the tables that the statement's search_path finds by their names alone.
func (w *walk) visible(ctx context.Context, tables []uint32) (is map[uint32]bool, err error) {
	if err := setPath(ctx, w.tx, w.path); err != nil {
		return nil, err
	}
	rows, err := w.tx.Query(ctx, "SELECT t FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS t WHERE pg_catalog.pg_table_is_visible(t)", tables)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[uint32])
	if err != nil {
		return nil, err
	}
	is = map[uint32]bool{}
	for _, oid := range found {
		is[oid] = true
	}
	return is, setPath(ctx, w.tx, ownPath)
}

// addPart notes what a part of a family keeps from being told.
func (w *walk) addPart(f *family, p part) {
	m := &f.heard[len(f.heard)-1]
	told := p.told()
	m.told = slices.DeleteFunc(m.told, func(name string) bool { return !slices.Contains(told, name) })
	switch {
	case p.kind == "f" && !slices.Contains(w.access.unheard, p.name):
		w.access.unheard = append(w.access.unheard, p.name)
	case (p.kind == "r" || p.kind == "p") && len(p.triggers) < triggersEach && p.rel == p.root:
		f.silent = true
	}
}

// triggersEach is of insert, update and delete.
const triggersEach = 3

// told is the columns of which all triggers of the table tell the value.
func (p part) told() (columns []string) {
	if len(p.triggers) < triggersEach {
		return nil
	}
	for i, args := range p.triggers {
		of := toldBy(args)
		if i == 0 {
			columns = of
		} else {
			columns = slices.DeleteFunc(columns, func(name string) bool { return !slices.Contains(of, name) })
		}
	}
	return slices.DeleteFunc(columns, func(name string) bool { return !slices.Contains(p.comparable, name) })
}

// toldBy reads the arguments of a trigger, which end with NUL each: the channel, the key, and more columns.
func toldBy(args []byte) (columns []string) {
	all := bytes.Split(bytes.TrimSuffix(args, []byte{0}), []byte{0})
	for _, column := range all[min(1, len(all)):] {
		if len(column) > 0 {
			columns = append(columns, strings.ToLower(string(column)))
		}
	}
	return columns
}
