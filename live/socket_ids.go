package live

import (
	"fmt"
	"slices"
	"strings"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// source is where a fragment comes from, in words: the query of a, or the composition c.
func source(a *assign, c *composition) string {
	if a != nil {
		return fmt.Sprintf("the query %q", a.name)
	}
	return fmt.Sprintf("the composition of %q", c.inputs)
}

// noteClash notes that the slot, which a fragment of a or of c is about to take, shows another one with its id already: the page
// would show only one of the two.
func (s *Socket) noteClash(sl *slot, a *assign, c *composition) {
	if s.clash == nil && (sl.assign != nil || sl.composed != nil) {
		s.clash = fmt.Errorf("live: two fragments of one page have the id %q, one of %s and one of %s: give one of them another id",
			sl.fragment.ID(), source(sl.assign, sl.composed), source(a, c))
	}
}

// checkIDs reports elements of the page that have one id: two fragments, rows of two lists (because their prefixes are equal),
// or a fragment and a row that is shown.
func (s *Socket) checkIDs() error {
	if s.clash != nil {
		return s.clash
	}
	for i, sl := range s.slots {
		list, ok := sl.fragment.(fragment.RowPrefixer)
		if !ok {
			continue
		}
		prefix := list.RowPrefix()
		for j, other := range s.slots {
			if o, ok := other.fragment.(fragment.RowPrefixer); ok && j < i && o.RowPrefix() == prefix {
				return fmt.Errorf("live: the rows of the fragments %q and %q of one page have ids with the same prefix %q: give the rows of one of them another",
					other.fragment.ID(), sl.fragment.ID(), prefix)
			}
			if key, ok := strings.CutPrefix(other.fragment.ID(), prefix); ok && sl.showsRow(key) {
				return fmt.Errorf("live: the fragment %q has the id of the row %q of the fragment %q: give the rows another prefix",
					other.fragment.ID(), key, sl.fragment.ID())
			}
		}
	}
	return nil
}

// showsRow reports whether a row of that key is among those that the slot's fragment is given.
func (sl *slot) showsRow(key string) bool {
	if sl.assign == nil || sl.assign.view() == nil {
		return false
	}
	return slices.ContainsFunc(sl.assign.view().assign.Rows, func(row fragment.Row) bool { return row.Key == key })
}
