package postgres

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// access is what a statement reads and writes.
type access struct {
	families []family
	hidden   []string // functions that do not show what they read
	unheard  []string // relations whose changes no trigger tells
	clock    string   // what it calls that depends on the time, on chance or on the session
	columns  []column // of its result

	written []string // "schema.table", each with its ancestors
	writes  bool     // it writes something
	loud    bool     // it may write anything

	warned atomic.Bool // the tables without triggers were said
}

// walk follows what a statement refers to, through views, policies and functions.
type walk struct {
	tx       pgx.Tx
	declared map[string][]string
	access   *access

	relations, functions map[reference]bool // that were met; false: and not looked at
	tables               []uint32
	targets              []uint32
	path                 string   // the search_path of the statement
	sources              []source // functions whose bodies are to be parsed
	met                  []string // tables that are declared, by their names
	throughView          bool     // a view is written to
}

// reference is an object, and the role whose policies hold where it is used.
type reference struct {
	oid    uint32
	user   string
	policy bool // it is the condition of a policy that uses it
}

func (w *walk) run(ctx context.Context, in session, body string) error {
	w.relations, w.functions = map[reference]bool{}, map[reference]bool{}
	w.path = in.path
	user := in.role
	if user == "none" {
		user = in.user
	}
	if _, err := w.tx.Exec(ctx, "RESET ROLE"); err != nil {
		return err
	}
	if err := setPath(ctx, w.tx, ownPath); err != nil {
		return err
	}
	w.visit(body, reference{user: user})
	for {
		relations, functions := unmet(w.relations), unmet(w.functions)
		if len(relations)+len(functions) == 0 {
			break
		}
		if err := w.visitRelations(ctx, relations); err != nil {
			return err
		}
		if err := w.visitFunctions(ctx, functions); err != nil {
			return err
		}
	}
	if err := w.findFamilies(ctx); err != nil {
		return err
	}
	return w.findWrites(ctx)
}

// unmet is the references that were not looked at. They count as met from now on.
func unmet(of map[reference]bool) (all []reference) {
	for r, met := range of {
		if !met {
			all = append(all, r)
			of[r] = true
		}
	}
	return all
}

// visit notes what a tree refers to, where it stands.
func (w *walk) visit(text string, where reference) {
	t := parseTree(text)
	if t.clock && w.access.clock == "" {
		w.access.clock = "CURRENT_TIMESTAMP"
	}
	for _, oid := range t.relations {
		w.meet(w.relations, oid, where)
	}
	for _, oid := range t.functions {
		w.meet(w.functions, oid, where)
	}
	w.targets = append(w.targets, t.targets...)
}

func (w *walk) meet(all map[reference]bool, oid uint32, where reference) {
	where.oid = oid
	if _, met := all[where]; !met {
		all[where] = false
	}
}

const relationsQuery = `
SELECT c.oid, n.nspname || '.' || c.relname, c.relkind::text,
	CASE WHEN c.relkind <> 'v' OR coalesce(c.reloptions::text ~ 'security_invoker=(true|on|1|yes)', false) THEN $2 ELSE pg_get_userbyid(c.relowner) END,
	CASE WHEN c.relkind = 'v' THEN ARRAY(SELECT r.ev_action::text FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '1') END,
	CASE WHEN c.relrowsecurity AND NOT u.rolsuper AND NOT u.rolbypassrls AND (c.relforcerowsecurity OR NOT pg_has_role(u.oid, c.relowner, 'USAGE'))
	THEN ARRAY(SELECT concat(p.polqual::text, ' ', p.polwithcheck::text) FROM pg_policy p WHERE p.polrelid = c.oid
		AND (p.polcmd IN ('r', '*') OR $3)
		AND EXISTS (SELECT FROM unnest(p.polroles) AS r WHERE r = 0 OR pg_has_role(u.oid, r, 'USAGE'))) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_roles u
WHERE c.oid = ANY ($1) AND u.rolname = $2`

func (w *walk) visitRelations(ctx context.Context, refs []reference) error {
	for where, oids := range byPlace(refs) {
		rows, err := w.tx.Query(ctx, relationsQuery, oids, where.user, len(w.targets) > 0)
		if err != nil {
			return err
		}
		var oid uint32
		var name, kind, owner string
		var rules, policies []string
		if _, err := pgx.ForEachRow(rows, []any{&oid, &name, &kind, &owner, &rules, &policies}, func() error {
			w.visitRelation(oid, name, kind)
			for _, rule := range rules {
				w.visit(rule, reference{user: owner, policy: where.policy})
			}
			for _, policy := range policies {
				w.visit(policy, reference{user: where.user, policy: true})
			}
			rules, policies = nil, nil
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) visitRelation(oid uint32, name, kind string) {
	if oid < firstUserOID {
		return // a system catalog, or a view of them
	}
	switch kind {
	case "r", "p":
		w.tables = append(w.tables, oid)
	case "f", "m": // it has a topic, for those who publish it by hand
		w.tables = append(w.tables, oid)
		w.access.unheard = append(w.access.unheard, name)
	case "v":
		w.throughView = w.throughView || slices.Contains(w.targets, oid)
	default: // a sequence
		w.access.unheard = append(w.access.unheard, name)
	}
}

func byPlace(refs []reference) map[reference][]uint32 {
	places := map[reference][]uint32{}
	for _, r := range refs {
		at := reference{user: r.user, policy: r.policy}
		places[at] = append(places[at], r.oid)
	}
	return places
}

// findColumns finds from which columns of which tables the columns of the result come.
func (w *walk) findColumns(ctx context.Context, fields []pgconn.FieldDescription) error {
	var tables []uint32
	var numbers []int16
	for _, f := range fields {
		tables, numbers = append(tables, f.TableOID), append(numbers, int16(f.TableAttributeNumber)) //nolint:gosec // a table has 1,600 columns at most
	}
	if !slices.ContainsFunc(tables, func(oid uint32) bool { return oid >= firstUserOID }) {
		return nil
	}
	visible, err := w.visible(ctx, tables)
	if err != nil {
		return err
	}
	rows, err := w.tx.Query(ctx, `SELECT f.i, n.nspname, c.relname, a.attname FROM unnest($1::oid[], $2::int2[]) WITH ORDINALITY AS f (rel, num, i)
		JOIN pg_attribute a ON a.attrelid = f.rel AND a.attnum = f.num JOIN pg_class c ON c.oid = f.rel JOIN pg_namespace n ON n.oid = c.relnamespace`, tables, numbers)
	if err != nil {
		return err
	}
	var i int
	var schema, table, name string
	_, err = pgx.ForEachRow(rows, []any{&i, &schema, &table, &name}, func() error {
		w.access.columns = append(w.access.columns, column{
			index: i - 1, oid: fields[i-1].DataTypeOID, name: strings.ToLower(name),
			table: schema + "." + table, tableNames: conditionNames(schema, table, visible[fields[i-1].TableOID]),
		})
		return nil
	})
	return err
}

// ownPath is the search_path of what this package asks.
const ownPath = "pg_catalog, pg_temp"

// setPath sets the search_path until the transaction ends.
func setPath(ctx context.Context, tx pgx.Tx, path string) error {
	_, err := tx.Exec(ctx, "SELECT pg_catalog.set_config('search_path', $1, true)", path)
	return err
}

// conditionNames is how live.Where may name a table: by its name alone where that means this table under the search_path. One
// with letters in upper case is not narrowed, for another one may differ in nothing else.
func conditionNames(schema, table string, visible bool) []string {
	switch {
	case table != strings.ToLower(table) || schema != strings.ToLower(schema):
		return nil
	case visible:
		return []string{table, schema + "." + table}
	}
	return []string{schema + "." + table}
}

// column is one of a result, and where it comes from.
type column struct {
	index      int
	oid        uint32   // of its type
	name       string   // in its table
	table      string   // "schema.table"
	tableNames []string // for conditions
}
