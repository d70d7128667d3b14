package live

import (
	"fmt"
	"slices"
	"strings"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// source is what the slot shows, in words; empty where nothing feeds it.
func (sl *slot) source() string {
	switch {
	case sl.assign != nil:
		return fmt.Sprintf("the query %q", sl.assign.name)
	case sl.composed != nil:
		return fmt.Sprintf("the composition of %q", sl.composed.inputs)
	}
	return ""
}

// noteClash notes that the slot already shows a fragment with the id of one of source: the page would show only one of the two.
func (s *Socket) noteClash(sl *slot, source string) {
	if was := sl.source(); was != "" && s.clash == nil {
		s.clash = fmt.Errorf("live: two fragments of one page have the id %q, one of %s and one of %s: give one of them another id",
			sl.fragment.ID(), was, source)
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
