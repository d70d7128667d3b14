package paging

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// List is a list of rows of the type T, made once when the program starts. It knows the columns from T's tags:
//
//	type Ticket struct {
//		ID  int64      `db:"id"`
//		Due *time.Time `db:"due" nulls:"last"`
//	}
//
// A field that is a pointer, or a type such as sql.NullString, can be NULL, and says in a tag whether such rows come first or
// last. T may be a pointer to the struct. Fields of embedded structs are columns too. A List is safe for concurrent use.
type List[T any] struct {
	cfg     *Config
	columns []string               // in the order of the fields
	fields  map[string]listField   // by column
	get     map[string]func(T) any // the Columns that New got
}

// Column is a column that rows are sorted by and that no field has as the database does: an expression, a time that is kept as
// a number.
type Column[T any] struct {
	// Name is what Key.Column says: "lower(t.title)".
	Name string
	// Value is what the database holds in that column of a row.
	Value func(row T) any
}

// New checks c and T once, for all requests to come. The columns of c.Sorts are those of T's fields, by the tag db: key "t.due"
// is the field `db:"t.due"`, or else `db:"due"`. What no field has is in columns. The error is a sentence.
func New[T any](c Config, columns ...Column[T]) (*List[T], error) {
	l := &List[T]{fields: map[string]listField{}, get: map[string]func(T) any{}}
	if t := structOf(reflect.TypeFor[T]()); t != nil {
		if err := l.readStruct(t, embedding{}); err != nil {
			return nil, fmt.Errorf("paging: %s %w", t, err)
		}
	}
	for _, column := range columns {
		if err := l.addColumn(c, column); err != nil {
			return nil, err
		}
	}
	if err := l.complete(&c); err != nil {
		return nil, err
	}
	if c.Dialect == 0 {
		return nil, errors.New("paging: Config.Dialect is not set: a list writes SQL for one database, or is InMemory")
	}
	filled, err := c.filled()
	if err != nil {
		return nil, err
	}
	l.cfg = &filled
	return l, nil
}

// MustNew is New, but panics with the sentence.
func MustNew[T any](c Config, columns ...Column[T]) *List[T] {
	l, err := New(c, columns...)
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

// addColumn takes a Column for the keys of that name. One that no key names is refused: it would be ignored, and a field of nearly
// that name read in its place.
func (l *List[T]) addColumn(c Config, column Column[T]) error {
	if column.Name == "" || column.Value == nil {
		return fmt.Errorf("paging: the Column %q needs a Name and a Value", column.Name)
	}
	if l.get[column.Name] != nil {
		return fmt.Errorf("paging: New gets two Columns of the name %q", column.Name)
	}
	var keys []string
	for _, s := range c.Sorts {
		for _, k := range s.Keys {
			keys = append(keys, strconv.Quote(k.Column))
		}
	}
	if !slices.Contains(keys, strconv.Quote(column.Name)) {
		slices.Sort(keys)
		return fmt.Errorf("paging: New gets the Column %q, which is no key of a sort: the keys are %s",
			column.Name, strings.Join(slices.Compact(keys), ", "))
	}
	l.get[column.Name] = column.Value
	return nil
}

// complete gives the keys of c, in a copy, what their fields say of them: the place of NULLs and the type. A key without a value is
// an error.
func (l *List[T]) complete(c *Config) error {
	c.Sorts = slices.Clone(c.Sorts)
	for i, s := range c.Sorts {
		keys := slices.Clone(s.Keys)
		for j, k := range keys {
			if l.get[k.Column] != nil {
				continue
			}
			f, ok := l.field(k.Column)
			if !ok {
				return fmt.Errorf("paging: the sort %q has the key %q, and %s no field that is tagged `db:%q`, nor does New get such a Column%s",
					s.Name, k.Column, reflect.TypeFor[T](), k.Column, untagged(reflect.TypeFor[T](), k.Column))
			}
			if err := f.describe(&keys[j], c.Mode); err != nil {
				return fmt.Errorf("paging: the column %s of the sort %q %w", k.Column, s.Name, err)
			}
		}
		c.Sorts[i].Keys = keys
	}
	return nil
}

// field is the field that a key names, with or without the table's name.
func (l *List[T]) field(key string) (listField, bool) {
	f, ok := l.fields[key]
	if !ok {
		f, ok = l.fields[key[strings.LastIndexByte(key, '.')+1:]]
	}
	return f, ok
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
	if err := checkNoNil(rows); err != nil {
		return Page[T]{}, err
	}
	return NewPage(o, rows, l.value, Unknown())
}

// Slice is [Slice] with the columns of l.
func (l *List[T]) Slice(o Options, rows []T, key func(T) any) (Page[T], error) {
	if err := checkNoNil(rows); err != nil {
		return Page[T]{}, err
	}
	return Slice(o, rows, l.value, key)
}

// value is the column of a row that a key names.
func (l *List[T]) value(row T, key string) any {
	if get := l.get[key]; get != nil {
		return get(row)
	}
	f, ok := l.field(key)
	if !ok {
		return nil
	}
	v, err := reflect.Indirect(reflect.ValueOf(&row).Elem()).FieldByIndexErr(f.Index)
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
	if len(l.columns) == 0 {
		return Page[T]{}, fmt.Errorf("paging: Scan fills fields that are tagged `db:\"column\"`, and %s has none: read the rows and give them to Page",
			reflect.TypeFor[T]())
	}
	if err := l.checkTypes(o, rows); err != nil {
		return Page[T]{}, err
	}
	var all []T
	for rows.Next() {
		var row T
		v, dest := reflect.ValueOf(&row).Elem(), make([]any, len(l.columns))
		for i, column := range l.columns {
			dest[i] = fieldIn(v, l.fields[column].Index).Addr().Interface()
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
