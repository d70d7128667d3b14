package live

import "github.com/htmxlive/htmxlive/live/fragment"

// snapshot is what one refetch found: never changed once it is published.
type snapshot struct {
	status fragment.Status
	result any               // what a fresh load shows, where that was fetched
	views  map[*pinned]*view // by the rows that are pinned; nil is the fresh load
}

// view is a snapshot as one viewer, or all who pin the same rows, see it.
type view struct {
	assign  fragment.Assign
	result  any            // typed: V, []T or paging.Page[T]
	extra   map[string]any // plain assigns of the same version
	renders []*Rendering   // one for each fragment of the query
	pinned  *pinned        // what a viewer who is shown this pins from now on

	// rowBytes is, for each fragment, what it rendered of each row, for the next refetch; nil where that is of no use.
	rowBytes [][][]byte
}

// status is that of the assign.
func (v *view) status() fragment.Status { return v.assign.Status }

// same reports whether a viewer of v would see nothing new in other.
func (v *view) same(other *view) bool {
	if v == nil || other == nil {
		return v == other
	}
	if v.assign.Status != other.assign.Status {
		return false // there need be no fragment that shows it
	}
	for i, r := range v.renders {
		if r != other.renders[i] {
			return false
		}
	}
	return true
}
