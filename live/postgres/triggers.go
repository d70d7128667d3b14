package postgres

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// Table is a table of which triggers tell what is written.
type Table struct {
	Name    string   // as in SQL: tickets, app.tickets or "Tickets"
	Columns []string // whose values are told beside those of the primary key, spelled as in the catalog
	Channel string   // of the nodes' Config; default DefaultChannel
}

//go:embed triggers_function.sql
var triggersFunction string

//go:embed triggers_plan.sql
var triggersPlan string

// Triggers is SQL, one statement for a migration, that makes the triggers of the tables, and of all that inherit from them as
// partitions do. What is there already stays, so it can run again: after a table has got another column to tell or another
// partition. It needs to own the tables, and to create a function in the schema of each.
func Triggers(tables ...Table) string {
	return `-- The triggers by which htmxlive hears what any program writes. Made by postgres.Triggers of github.com/htmxlive/htmxlive/live/postgres.
DO $htmxlive$
DECLARE
  todo record;
BEGIN
  FOR todo IN
` + plan(tables) + `  LOOP
    IF todo.refused IS NOT NULL THEN
      RAISE EXCEPTION 'htmxlive: no triggers for %: %', todo.name, todo.refused;
    ELSIF NOT todo.current THEN
      EXECUTE todo.cure;
    END IF;
    IF todo.left_out IS NOT NULL AND todo.depth = 0 THEN
      RAISE WARNING 'htmxlive: the type or the collation of % of % does not allow to compare texts: not told', todo.left_out, todo.name;
    END IF;
  END LOOP;
END $htmxlive$;
`
}

// DropTriggers is SQL that undoes [Triggers]. Tables that are not there are passed over.
func DropTriggers(tables ...Table) string {
	return `-- Undoes postgres.Triggers of github.com/htmxlive/htmxlive/live/postgres.
DO $htmxlive$
DECLARE
  todo record;
BEGIN
  FOR todo IN
    WITH RECURSIVE family (relid) AS (
      SELECT to_regclass(name)::oid FROM unnest(` + textArray(namesOf(tables)) + `) name
      UNION SELECT i.inhrelid FROM family f JOIN pg_inherits i ON i.inhparent = f.relid
    )
    SELECT DISTINCT g.tgfoid::regprocedure AS function FROM family f JOIN pg_trigger g ON g.tgrelid = f.relid AND g.tgparentid = 0
    JOIN pg_proc p ON p.oid = g.tgfoid
    WHERE starts_with(g.tgname, 'htmxlive_') AND starts_with(p.proname, 'htmxlive_')
  LOOP
    EXECUTE format('DROP FUNCTION %s CASCADE', todo.function); -- and its triggers
  END LOOP;
END $htmxlive$;
`
}

// InstallTriggers runs [Triggers]. Exec is a method of a connection, a pool or a transaction, as in [Notify]. Where everything
// is there already no table is locked.
func InstallTriggers[Result any](ctx context.Context, exec func(ctx context.Context, sql string, args ...any) (Result, error), tables ...Table) error {
	if len(tables) == 0 {
		return nil
	}
	if _, err := exec(ctx, Triggers(tables...)); err != nil {
		return fmt.Errorf("postgres: triggers: %w", err)
	}
	return nil
}

// MissingTriggers is those of the tables whose triggers are missing, disabled or not what [Triggers] would make, for the table
// itself or for one that inherits from it; Triggers of them is the cure. QueryRow is a method of a connection, a pool or a
// transaction, of pgx, or QueryRowContext of database/sql. The database is not changed.
func MissingTriggers[Row interface{ Scan(dest ...any) error }](ctx context.Context, queryRow func(ctx context.Context, sql string, args ...any) Row, tables ...Table) ([]Table, error) {
	if len(tables) == 0 {
		return nil, nil
	}
	var found string
	if err := queryRow(ctx, "SELECT coalesce(json_agg(json_build_object('name', p.name, 'refused', p.refused)), '[]')::text FROM ("+
		plan(tables)+") p WHERE NOT p.current OR p.refused IS NOT NULL").Scan(&found); err != nil {
		return nil, fmt.Errorf("postgres: triggers: %w", err)
	}
	var not []struct{ Name, Refused string }
	if err := json.Unmarshal([]byte(found), &not); err != nil {
		return nil, fmt.Errorf("postgres: triggers: %w", err)
	}
	missing := map[string]bool{}
	for _, n := range not {
		if n.Refused != "" {
			return nil, fmt.Errorf("postgres: no triggers for %s: %s", n.Name, n.Refused)
		}
		missing[n.Name] = true
	}
	var of []Table
	for _, t := range tables {
		if missing[t.Name] {
			of = append(of, t)
		}
	}
	return of, nil
}

func (t Table) channel() string {
	if t.Channel == "" {
		return DefaultChannel
	}
	return t.Channel
}

func namesOf(tables []Table) (names []string) {
	for _, t := range tables {
		names = append(names, t.Name)
	}
	return names
}

// plan is a query that says, of each table and of what inherits from it, whether it has its triggers, and what makes them.
func plan(tables []Table) string {
	values := make([]string, len(tables))
	for i, t := range tables {
		values[i] = "(" + literal(t.Name) + ", " + literal(t.channel()) + ", " + textArray(t.Columns) + ")"
	}
	return strings.NewReplacer("{{tables}}", strings.Join(values, ",\n    "), "{{function}}", triggersFunction).Replace(triggersPlan)
}

func textArray(texts []string) string {
	literals := make([]string, len(texts))
	for i, s := range texts {
		literals[i] = literal(s)
	}
	return "ARRAY[" + strings.Join(literals, ", ") + "]::text[]"
}

// literal is good whatever standard_conforming_strings says, and ends no dollar quote that it stands in.
func literal(s string) string {
	s = strings.ReplaceAll(s, "'", "''")
	if !strings.ContainsAny(s, `\$`) {
		return "'" + s + "'"
	}
	return "E'" + strings.NewReplacer(`\`, `\\`, "$", `\x24`).Replace(s) + "'"
}
