package sqlrandom

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Write is what somebody does to the data, on one connection. Some of it is refused.
type Write struct {
	Way        Way
	Statements []string
}

// Way is how statements are run.
type Way string

// The ways.
const (
	Autocommit Way = "autocommit"
	Script     Way = "script" // all in one text
	Commit     Way = "commit"
	Rollback   Way = "rollback"
	Returning  Way = "returning" // rows are read to the end
	Abandoned  Way = "abandoned" // rows are closed before the end
	Prepared   Way = "prepared"  // each runs twice
)

// Write draws one.
func (s *Schema) Write() Write {
	w := Write{Way: pick(s.random, []Way{Autocommit, Autocommit, Autocommit, Autocommit, Script, Commit, Rollback, Returning, Abandoned, Prepared})}
	switch w.Way {
	case Script:
		w.Statements = append(append([]string{"BEGIN"}, s.nested(2)...), s.of("COMMIT", "COMMIT", "COMMIT", "ROLLBACK"))
	case Commit, Rollback:
		w.Statements = s.nested(1)
	case Returning, Abandoned:
		w.Statements = []string{s.statement() + " RETURNING id"}
	default:
		w.Statements = []string{s.statement()}
	}
	return w
}

// nested draws statements of a transaction, with a savepoint now and then.
func (s *Schema) nested(depth int) (all []string) {
	for range 1 + s.IntN(2) {
		all = append(all, s.statement())
	}
	if depth > 0 && s.chance(2) {
		name := fmt.Sprint("s", depth)
		all = append(all, "SAVEPOINT "+name)
		all = append(all, s.nested(depth-1)...)
		all = append(all, s.of("RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")+name)
	}
	return all
}

// Run does it. The error is of what was refused, if anything was.
func (w Write) Run(ctx context.Context, db *sql.DB) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	switch w.Way {
	case Script:
		if _, err = conn.ExecContext(ctx, strings.Join(w.Statements, "; ")); err != nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK") // it may have been refused before its transaction ended
		}
	case Commit, Rollback:
		err = w.transaction(ctx, conn)
	case Returning, Abandoned:
		err = w.query(ctx, conn)
	case Prepared:
		err = w.prepared(ctx, conn)
	default:
		_, err = conn.ExecContext(ctx, w.Statements[0])
	}
	return err
}

func (w Write) transaction(ctx context.Context, conn *sql.Conn) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var refused error
	for _, s := range w.Statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			refused = err
		}
	}
	if w.Way == Commit {
		err = tx.Commit()
	}
	if refused == nil {
		refused = err
	}
	return refused
}

func (w Write) query(ctx context.Context, conn *sql.Conn) error {
	rows, err := conn.QueryContext(ctx, w.Statements[0])
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if w.Way == Abandoned {
			break
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return rows.Close()
}

func (w Write) prepared(ctx context.Context, conn *sql.Conn) error {
	s, err := conn.PrepareContext(ctx, w.Statements[0])
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err = s.ExecContext(ctx); err != nil {
		return err
	}
	_, err = s.ExecContext(ctx)
	return err
}

// statement draws a statement that writes.
func (s *Schema) statement() string {
	t := pick(s.random, s.Tables)
	switch s.IntN(12) {
	case 0:
		return "DELETE FROM " + t.written + s.of("", " WHERE "+s.where(t), " WHERE "+s.where(t), " WHERE "+s.where(t))
	case 1:
		return "DELETE FROM " + t.written + " WHERE " + s.where(t)
	case 2, 3, 4:
		return s.update(t)
	case 5:
		return s.copy(t)
	case 6:
		return s.replace(t)
	case 7:
		return s.upsert(t)
	default:
		return s.insert(t)
	}
}

// where draws a condition on a row of a table, of a few rows mostly.
func (s *Schema) where(t *Table) string {
	other := pick(s.random, s.Tables)
	switch s.IntN(6) {
	case 0:
		return fmt.Sprintf("%s = %s", t.Columns[1].Name, s.number())
	case 1:
		return fmt.Sprintf("EXISTS (SELECT 1 FROM %s o WHERE o.id = %s.id AND o.%s > %s)", other.written, t.written, other.Columns[1].Name, s.number())
	case 2:
		return fmt.Sprintf("id IN (SELECT id FROM %s WHERE %s = %s)", other.written, other.Columns[1].Name, s.number())
	default:
		return fmt.Sprint("id = ", s.IntN(keys))
	}
}

func (s *Schema) insert(t *Table) string {
	all := []string{s.row(t)}
	for s.chance(3) {
		all = append(all, s.row(t))
	}
	rows := strings.Join(all, ", ")
	if s.Dialect == SQLite {
		return "INSERT " + s.of("", "OR IGNORE ", "OR IGNORE ", "OR FAIL ") + "INTO " + t.written + " VALUES " + rows
	}
	return "INSERT INTO " + t.written + " VALUES " + rows + s.of("", " ON CONFLICT DO NOTHING", " ON CONFLICT DO NOTHING")
}

// update draws an UPDATE of one or two columns, the key among them.
func (s *Schema) update(t *Table) string {
	var set []string
	for _, i := range s.Perm(len(t.Columns))[:1+s.IntN(2)] {
		c := t.Columns[i]
		value := s.value(t, c)
		if !c.Text && c.Name != "parent" && c.Name != "id" && s.chance(3) {
			value = s.of(fmt.Sprintf("(coalesce(%s, 0) + 1) %% %d", c.Name, numbers), c.Name)
		}
		set = append(set, c.Name+" = "+value)
	}
	or := ""
	if s.Dialect == SQLite {
		or = s.of("", "", "OR REPLACE ", "OR IGNORE ")
	}
	return fmt.Sprintf("UPDATE %s%s SET %s WHERE %s", or, t.written, strings.Join(set, ", "), s.where(t))
}

// copy draws an INSERT … SELECT from another table.
func (s *Schema) copy(t *Table) string {
	from := pick(s.random, s.Tables)
	list := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		list[i] = s.value(t, c)
		if c.Name == "id" {
			list[i] = fmt.Sprintf("(id + %d) %% %d", s.IntN(keys), keys)
		}
	}
	into := "INSERT INTO "
	if s.Dialect == SQLite {
		into = s.of("INSERT OR IGNORE INTO ", "REPLACE INTO ")
	}
	sql := fmt.Sprintf("%s%s SELECT %s FROM %s WHERE %s", into, t.written, strings.Join(list, ", "), from.written, s.where(from))
	if s.Dialect == PostgreSQL {
		sql += " ON CONFLICT DO NOTHING"
	}
	return sql
}

func (s *Schema) replace(t *Table) string {
	if s.Dialect == SQLite {
		return "REPLACE INTO " + t.written + " VALUES " + s.row(t)
	}
	return s.upsert(t)
}

func (s *Schema) upsert(t *Table) string {
	at := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Text })
	return fmt.Sprintf("INSERT INTO %s VALUES %s ON CONFLICT (%s) DO UPDATE SET %s = excluded.%[4]s",
		t.written, s.row(t), strings.Join(t.key, ", "), t.Columns[at].Name)
}
