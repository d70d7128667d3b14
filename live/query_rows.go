package live

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// rowType knows the types of a list's rows and keys; rowsOf is the only one.
type rowType interface {
	decompose(result any) (keys, rows []any)
	// compose is a result of these rows, in what is frozen of a page.
	compose(empty any, rows []any) any
	encodeKeys(keys []any) (json.RawMessage, error)
	// decode is the reverse of encodeKeys, and of what plan.freeze made of a page; an error where that is another page.
	decode(p PinnedRows) (keys []any, empty any, err error)
}

// keyText is the key as fragments see it.
func keyText(key any) string {
	if t, ok := key.(interface{ MarshalText() ([]byte, error) }); ok {
		if b, err := t.MarshalText(); err == nil {
			return string(b)
		}
	}
	return fmt.Sprint(key)
}

// rowsOf is the rowType of rows T with keys K.
type rowsOf[T any, K comparable] struct {
	key         func(T) K
	items       func(result any) []T
	fill        func(empty any, items []T) any
	decodeFrame func(frame string) (empty any, err error)
}

func (r rowsOf[T, K]) decompose(result any) (keys, rows []any) {
	items := r.items(result)
	keys, rows = make([]any, len(items)), make([]any, len(items))
	for i, item := range items {
		keys[i], rows[i] = r.key(item), item
	}
	return keys, rows
}

func (r rowsOf[T, K]) compose(empty any, rows []any) any {
	items := make([]T, len(rows))
	for i, row := range rows {
		items[i], _ = row.(T)
	}
	return r.fill(empty, items)
}

// encodeKeys refuses keys that would come back as others: their rows would count as gone, or be somebody else's.
func (r rowsOf[T, K]) encodeKeys(keys []any) (json.RawMessage, error) {
	b, err := json.Marshal(keys)
	if err != nil {
		return nil, fmt.Errorf("encode row keys: %w", err)
	}
	if survivesJSON(reflect.TypeFor[K]()) {
		return b, nil
	}
	back, err := r.decodeKeys(b)
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

// survivesJSON reports whether all values of the type are the same after JSON.
func survivesJSON(t reflect.Type) bool {
	if kind := t.Kind(); kind < reflect.Bool || kind > reflect.Uint64 {
		return false
	}
	p := reflect.PointerTo(t) // has the methods of both
	return !p.Implements(reflect.TypeFor[json.Marshaler]()) && !p.Implements(reflect.TypeFor[json.Unmarshaler]()) &&
		!p.Implements(reflect.TypeFor[encoding.TextMarshaler]()) && !p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func (r rowsOf[T, K]) decodeKeys(b json.RawMessage) ([]any, error) {
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

func (r rowsOf[T, K]) decode(p PinnedRows) (keys []any, empty any, err error) {
	if keys, err = r.decodeKeys(p.Keys); err != nil {
		return nil, nil, err
	}
	if empty, err = r.decodeFrame(p.Frame); err != nil {
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
