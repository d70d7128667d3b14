package live

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// kept is the rows that a viewer keeps: their keys in order and the frame of the page they came from.
type kept struct {
	keys  []any
	frame string
	empty any             // the page without its rows; nil for a list
	text  json.RawMessage // the keys as they travel
	id    string          // equal for equal keys and frame
}

func newKept(rows rowType, of split) (*kept, error) {
	if len(of.keys) == 0 {
		return nil, nil
	}
	b, err := rows.marshal(of.keys)
	if err != nil {
		return nil, err
	}
	return &kept{keys: of.keys, frame: of.frame, empty: of.empty, text: b, id: Kept{Keys: b, Frame: of.frame}.id()}, nil
}

// Kept is the rows that a page keeps, in a form that survives the process.
type Kept struct {
	Keys  json.RawMessage `json:"k"`
	Frame string          `json:"f,omitempty"`
}

func (k *kept) export() Kept { return Kept{Keys: k.text, Frame: k.frame} }

func (k Kept) id() string { return k.Frame + "\x00" + string(k.Keys) }

// restore is the rows that a page says it keeps; nil if it keeps none, or says nonsense and is shown afresh. Most pages
// of a cohort keep what others keep.
func (c *cohort) restore(k Kept) *kept {
	c.mu.Lock()
	if c.snap != nil {
		if v := c.snap.views[k.id()]; v != nil && v.kept != nil {
			defer c.mu.Unlock()
			return v.kept
		}
	}
	c.mu.Unlock()
	restored, err := c.plan.restore(k)
	if err != nil {
		return nil
	}
	return restored
}

func (p *plan) restore(k Kept) (*kept, error) {
	keys, empty, err := p.rows.restore(k)
	if err != nil {
		return nil, err
	}
	return newKept(p.rows, split{keys: keys, frame: k.Frame, empty: empty})
}

// rowsOf is the rowType of rows T with keys K.
type rowsOf[T any, K comparable] struct {
	key   func(T) K
	items func(result any) (items []T, frame string)
	clear func(result any) (empty any)
	thaw  func(frame string) (empty any, err error)
	fill  func(empty any, items []T) any
}

func (r rowsOf[T, K]) split(result any) split {
	items, frame := r.items(result)
	s := split{keys: make([]any, len(items)), rows: make([]any, len(items)), frame: frame, empty: r.clear(result)}
	for i, item := range items {
		s.keys[i], s.rows[i] = r.key(item), item
	}
	return s
}

func (r rowsOf[T, K]) join(empty any, rows []any) any {
	items := make([]T, len(rows))
	for i, row := range rows {
		items[i], _ = row.(T)
	}
	return r.fill(empty, items)
}

// marshal refuses keys that would come back as others: their rows would count as gone, or be somebody else's.
func (r rowsOf[T, K]) marshal(keys []any) (json.RawMessage, error) {
	b, err := json.Marshal(keys)
	if err != nil {
		return nil, fmt.Errorf("encode row keys: %w", err)
	}
	if survives(reflect.TypeFor[K]()) {
		return b, nil
	}
	back, err := r.keys(b)
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		if key != back[i] {
			return nil, fmt.Errorf("the row key %v (%T) comes back from JSON as %v (%T): use an integer, a valid UTF-8 string or a UUID", key, key, back[i], back[i])
		}
	}
	return b, nil
}

// survives tells whether all values of the type are the same after JSON.
func survives(t reflect.Type) bool {
	if kind := t.Kind(); kind < reflect.Bool || kind > reflect.Uint64 {
		return false
	}
	p := reflect.PointerTo(t) // has the methods of both
	return !p.Implements(reflect.TypeFor[json.Marshaler]()) && !p.Implements(reflect.TypeFor[json.Unmarshaler]()) &&
		!p.Implements(reflect.TypeFor[encoding.TextMarshaler]()) && !p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func (r rowsOf[T, K]) keys(b json.RawMessage) ([]any, error) {
	var typed []K
	if err := json.Unmarshal(b, &typed); err != nil {
		return nil, fmt.Errorf("decode row keys: %w", err)
	}
	keys := make([]any, len(typed))
	for i, key := range typed {
		keys[i] = key
	}
	return keys, nil
}

func (r rowsOf[T, K]) restore(k Kept) (keys []any, empty any, err error) {
	if keys, err = r.keys(k.Keys); err != nil {
		return nil, nil, err
	}
	if empty, err = r.thaw(k.Frame); err != nil {
		return nil, nil, fmt.Errorf("rows of another page: %w", err)
	}
	return keys, empty, nil
}

// notPlain is the first part of the type that keeps values which are equal by == from being the same in every respect,
// nil if there is none: what they point to could have changed, and the zeros of a floating-point number differ although
// they are equal.
func notPlain(t reflect.Type) reflect.Type {
	switch t.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return nil
	case reflect.Array:
		return notPlain(t.Elem())
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return nil // it points to a location, which never changes
		}
		for field := range t.Fields() {
			if part := notPlain(field.Type); part != nil {
				return part
			}
		}
		return nil
	default:
		return t
	}
}

// pool is the rows of one refetch, by key: what every view of it is put together from.
type pool map[any]pooledRow

type pooledRow struct {
	value any
	memo  *memo
}

func (p pool) add(s split) {
	for i, key := range s.keys {
		if _, ok := p[key]; !ok {
			p[key] = pooledRow{value: s.rows[i], memo: &memo{made: map[any][]byte{}}}
		}
	}
}

func (p pool) forget() {
	for _, row := range p {
		row.memo.forget()
	}
}

// hasAnyOf tells whether a viewer who keeps these rows still sees one of them; who keeps none sees what there is.
func (p pool) hasAnyOf(k *kept) bool {
	if k == nil {
		return true
	}
	return slices.ContainsFunc(k.keys, func(key any) bool { _, ok := p[key]; return ok })
}

// vanished is what fragments make of rows that have vanished.
type vanished struct{ shown, hidden bool }

func (v vanished) and(f Fragment) vanished {
	if f, ok := f.(interface{ ShowsGone() bool }); ok {
		v.shown, v.hidden = v.shown || f.ShowsGone(), v.hidden || !f.ShowsGone()
	}
	return v
}

// seen tells whether something may stand on the page for them: unless a fragment says that it leaves them out, and none
// that it shows them.
func (v vanished) seen() bool { return v.shown || !v.hidden }

// listOf is the rows of the keys in their order; a key that the pool lacks is a row that is gone.
func (p pool) listOf(keys []any) (rows []listRow, present []any) {
	rows = make([]listRow, len(keys))
	for i, key := range keys {
		rows[i].key = keyText(key)
		if row, ok := p[key]; ok {
			rows[i].value, rows[i].memo = row.value, row.memo
			present = append(present, row.value)
		}
	}
	return rows, present
}

// list is the assign of a result that shows the rows of keys.
func (p pool) list(keys []any, result any) *list {
	l := &list{value: value{status: StatusReady, result: result}}
	l.rows, _ = p.listOf(keys)
	return l
}

// pending is how many rows a fresh load would add or drop; a row that pushes another one off the page counts once.
func pending(shown, fresh []any) int {
	return max(missing(fresh, shown), missing(shown, fresh))
}

// missing counts the keys of a that b lacks.
func missing(a, b []any) int {
	in := make(map[any]struct{}, len(b))
	for _, key := range b {
		in[key] = struct{}{}
	}
	return len(slices.DeleteFunc(slices.Clone(a), func(key any) bool { _, ok := in[key]; return ok }))
}
