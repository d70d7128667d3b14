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
func newPinned(rows rowType, of rowsParts) (*pinned, error) {
	if len(of.keys) == 0 {
		return nil, nil
	}
	b, err := rows.encodeKeys(of.keys)
	if err != nil {
		return nil, err
	}
	return &pinned{keys: of.keys, frame: of.frame, empty: of.empty, text: b, id: PinnedRows{Keys: b, Frame: of.frame}.id()}, nil
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

// restore is the rows that a page says it keeps; nil if it keeps none, or says nonsense and is shown afresh. Most pages
// of a cohort keep what others keep, and all that keep the same rows get one and the same.
func (c *cohort) restore(from PinnedRows) *pinned {
	if p := c.knownPinned(from.id()); p != nil {
		return p
	}
	keys, empty, err := c.plan.rows.decode(from)
	if err != nil {
		return nil
	}
	restored, err := newPinned(c.plan.rows, rowsParts{keys: keys, frame: from.Frame, empty: empty})
	if err != nil || restored == nil || c.inline {
		return restored
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.intern(restored)
}

func (c *cohort) knownPinned(id string) *pinned {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.pinned[id]; p != nil {
		return p
	}
	if c.snap != nil {
		if fresh := c.snap.views[nil]; fresh != nil && fresh.pinned != nil && fresh.pinned.id == id {
			return fresh.pinned
		}
	}
	return nil
}

// pinnedSets is the distinct rows that viewers pin; nil stands for those who pin none. It holds mu.
func (c *cohort) pinnedSets() []*pinned {
	if !c.plan.keeps() {
		return nil
	}
	var sets []*pinned
	clear(c.pinned)
	seen := map[*pinned]bool{}
	for v := range c.viewers.all() {
		if len(sets) > 0 && v.pinned == sets[len(sets)-1] || seen[v.pinned] { // most pin what the one before pins
			continue
		}
		seen[v.pinned] = true
		sets = append(sets, v.pinned)
		if v.pinned != nil && !c.inline {
			c.intern(v.pinned)
		}
	}
	return sets
}

// intern is the one of all equal pinned rows that stands for them; p, where there is none. It holds mu.
func (c *cohort) intern(p *pinned) *pinned {
	if known := c.pinned[p.id]; known != nil {
		return known
	}
	if c.pinned == nil {
		c.pinned = map[string]*pinned{}
	}
	c.pinned[p.id] = p
	return p
}
