package paging

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
)

// List is a list of rows of the type T, made once when the program starts. It knows the columns from T's tags:
//
//	type Ticket struct {
//		ID  int64      `db:"id"`
//		Due *time.Time `db:"due" nulls:"last"`
//	}
//
// A field that is a pointer can be NULL, and says in a tag whether such rows come first or last. A List is safe for
// concurrent use.
type List[T any] struct {
	cfg     *Config
	columns []string         // in the order of the fields
	fields  map[string][]int // by column
}

// New checks c and T once, for all requests to come. The columns of c.Sorts are those of T's fields, by the tag db: key "t.due"
// is the field `db:"t.due"`, or else `db:"due"`. The error is a sentence.
func New[T any](c Config) (*List[T], error) {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("paging: a list of %s has no columns: it must be a struct with fields that are tagged `db:\"column\"`", t)
	}
	l := &List[T]{fields: map[string][]int{}}
	nulls := map[string]Nulls{}
	for _, f := range reflect.VisibleFields(t) {
		column, ok := f.Tag.Lookup("db")
		if !ok || column == "-" || !f.IsExported() {
			continue
		}
		if _, twice := l.fields[column]; twice {
			return nil, fmt.Errorf("paging: %s has two fields of the column %s", t, column)
		}
		placement, err := nullsOf(f)
		if err != nil {
			return nil, fmt.Errorf("paging: %s: %w", t, err)
		}
		l.columns = append(l.columns, column)
		l.fields[column], nulls[column] = f.Index, placement
	}
	if err := l.complete(&c, nulls); err != nil {
		return nil, err
	}
	if c.Dialect == 0 {
		return nil, errors.New("paging: Config.Dialect is not set: a list writes SQL for one database")
	}
	filled, err := c.filled()
	if err != nil {
		return nil, err
	}
	l.cfg = &filled
	return l, nil
}

// MustNew is New, but panics with the sentence.
func MustNew[T any](c Config) *List[T] {
	l, err := New[T](c)
	if err != nil {
		panic(err.Error())
	}
	return l
}

// Keys are keys by the names of their columns; one with a minus in front sorts from high to low. A List finds out by itself
// where NULLs go.
func Keys(columns ...string) []Key {
	keys := make([]Key, len(columns))
	for i, column := range columns {
		keys[i].Column, keys[i].Desc = strings.CutPrefix(column, "-")
	}
	return keys
}

// nullsOf is where a field says that NULLs go.
func nullsOf(f reflect.StructField) (Nulls, error) {
	switch placement := f.Tag.Get("nulls"); placement {
	case "first":
		return NullsFirst, nil
	case "last":
		return NullsLast, nil
	case "":
		return NotNull, nil
	default:
		return NotNull, fmt.Errorf("field %s has the tag nulls:%q: want first or last", f.Name, placement)
	}
}

// complete gives the keys of c the placement of NULLs that their fields have, in a copy.
func (l *List[T]) complete(c *Config, nulls map[string]Nulls) error {
	sorts := make([]Sort, len(c.Sorts))
	for i, s := range c.Sorts {
		sorts[i] = Sort{Name: s.Name, Keys: append([]Key(nil), s.Keys...)}
		for j, k := range s.Keys {
			column, ok := l.columnOf(k.Column)
			if !ok {
				return fmt.Errorf("paging: the sort %q has the key %s, and %s no field that is tagged `db:%q`", s.Name, k.Column, reflect.TypeFor[T](), k.Column)
			}
			if k.Nulls == NotNull {
				sorts[i].Keys[j].Nulls = nulls[column]
			}
			field := reflect.TypeFor[T]().FieldByIndex(l.fields[column])
			if sorts[i].Keys[j].Nulls == NotNull && field.Type.Kind() == reflect.Pointer {
				return fmt.Errorf("paging: the column %s of the sort %q can be NULL, as the field %s is a pointer: say where, in its tag, "+
					"nulls:\"first\" or nulls:\"last\"", k.Column, s.Name, field.Name)
			}
		}
	}
	c.Sorts = sorts
	return nil
}

// columnOf is the column of T that a key names, with or without the table's name.
func (l *List[T]) columnOf(key string) (string, bool) {
	if _, ok := l.fields[key]; ok {
		return key, true
	}
	bare := key[strings.LastIndexByte(key, '.')+1:]
	_, ok := l.fields[bare]
	return bare, ok
}

// Config is what New was given, with its defaults filled in.
func (l *List[T]) Config() Config { return *l.cfg }

// Parse is [Config.Parse].
func (l *List[T]) Parse(q url.Values, scope string) (Options, error) { return parse(l.cfg, q, scope) }

// SQL is [Options.SQL]. An empty Select is the columns of T in the order of its fields, and the database is Config.Dialect.
func (l *List[T]) SQL(o Options, q Query) (string, []any) {
	if q.Select == "" {
		q.Select = strings.Join(l.columns, ", ")
	}
	return o.SQL(l.cfg.Dialect, q)
}

// Page is [NewPage] without a count. Where rows are counted, [Page.WithTotal] adds the total.
func (l *List[T]) Page(o Options, rows []T) (Page[T], error) {
	return NewPage(o, rows, l.value, Unknown())
}

// value is the column of a row.
func (l *List[T]) value(row T, key string) any {
	column, _ := l.columnOf(key)
	v, err := reflect.ValueOf(&row).Elem().FieldByIndexErr(l.fields[column])
	if err != nil { // in an embedded pointer that is nil
		return nil
	}
	return v.Interface()
}

// Rows is what a query of database/sql gives: *sql.Rows.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Scan reads all rows of a statement that SQL wrote, with its own Select, closes them, and makes the Page.
func (l *List[T]) Scan(o Options, rows Rows) (_ Page[T], err error) {
	defer func() {
		if closing := rows.Close(); err == nil {
			err = closing
		}
	}()
	if err := l.checkTypes(o, rows); err != nil {
		return Page[T]{}, err
	}
	var all []T
	for rows.Next() {
		var row T
		v, dest := reflect.ValueOf(&row).Elem(), make([]any, len(l.columns))
		for i, column := range l.columns {
			dest[i] = v.FieldByIndex(l.fields[column]).Addr().Interface()
		}
		if err := rows.Scan(dest...); err != nil {
			return Page[T]{}, fmt.Errorf("paging: reading a row: %w", err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		return Page[T]{}, fmt.Errorf("paging: reading rows: %w", err)
	}
	return l.Page(o, all)
}
