package live

import "encoding/json"

// pinned is the rows that a viewer keeps: their keys in order and the frame of the page they came from. Viewers of a cohort
// who pin the same rows share one, so that it is compared by its pointer.
type pinned struct {
	keys  []any
	frame string
	empty any             // the page without its rows; nil for a list
	text  json.RawMessage // the keys as they travel
	id    string          // equal for equal keys and frame
}

// newPinned is nil when there are no rows.
func newPinned(rows rowType, keys []any, frame string, empty any) (*pinned, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	b, err := rows.encodeKeys(keys)
	if err != nil {
		return nil, err
	}
	return &pinned{keys: keys, frame: frame, empty: empty, text: b, id: PinnedRows{Keys: b, Frame: frame}.id()}, nil
}

// equal reports whether both are the same rows.
func (p *pinned) equal(other *pinned) bool {
	return p == other || p != nil && other != nil && p.id == other.id
}

func (p *pinned) export() PinnedRows { return PinnedRows{Keys: p.text, Frame: p.frame} }

// PinnedRows is the rows that a page keeps, in a form that survives the process.
type PinnedRows struct {
	Keys  json.RawMessage `json:"k"` // a JSON array
	Frame string          `json:"f,omitempty"`
}

func (p PinnedRows) id() string { return p.Frame + "\x00" + string(p.Keys) }
