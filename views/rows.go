package views

import (
	"fmt"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// Rows describes a fragment that is the rows of a list or page: of a table, a list, a drawing. The element that holds
// them is the author's own markup; nothing else stands in it:
//
//	<tbody id="tickets">{{.Live.Fragment "tickets"}}</tbody>
//
// A patch touches the rows that changed and no others: it replaces, inserts, removes and moves rows. It sets the whole
// content only where none of the old rows stays.
type Rows struct {
	// ID is the id of the element that holds the rows.
	ID string

	// Prefix and the key of a row make the id of its element: RowID(Prefix, key). It begins with a letter.
	// Default: the ID and a hyphen.
	Prefix string

	// Row renders one row of the list as one element, with the row's id in its first tag. Tags left open in it are closed;
	// what a browser would not take for one element all the same is an error of Render. It is rendered once for
	// all viewers who share the row, and where the type of the rows allows to tell (strings, integers, booleans, times
	// and structs of them), not again before the row has changed. So it must not depend on anything but the row. A
	// refetch that time demands (RefetchInterval) or the application (Refetch) renders all rows.
	Row Markup

	// RowFailed renders what stands in the place of a row that cannot be rendered, because its template failed or its markup is
	// not one element: as one element with the row's id; the value is the key. The other rows go on, the error is logged,
	// and each refetch tries the row again. Default: an element like the other rows that says "This entry cannot be shown."
	// In development it always is that element, and says the error.
	RowFailed Markup

	// RowGone renders a row that vanished while somebody looks at it, as one element with the row's id; the value is
	// the key, a string. Without it vanished rows leave the page.
	RowGone Markup

	// Empty, Loading, Gone and Cleared fill the element when the list has no rows, is not there yet, does not exist
	// any more, and when the viewer may not see it any more. Their value is nil, they need no id, and without one the
	// element is empty. Where rows are parts of a table, of a drawing or options, and what is written is not, such as a <p>
	// in a <tbody>, it is wrapped in one.
	Empty, Loading, Gone, Cleared Markup

	// Assign names the assign to show the rows of. Needed only when the fragment depends on several.
	Assign string

	// Within is "svg" for rows of a drawing with a tag that HTML has, too, such as an <a> inside an <svg>.
	Within string
}

// hasPlaceholder reports whether something can stand in the element instead of rows.
func (s Rows) hasPlaceholder() bool {
	return s.Empty != nil || s.Loading != nil || s.Gone != nil || s.Cleared != nil
}

func (s Rows) build() fragment.Fragment {
	mustID("Rows", s.ID)
	if s.Prefix == "" {
		s.Prefix = s.ID + "-"
	}
	mustID("Rows: the prefix of row ids", s.Prefix)
	if s.Row == nil {
		panic(fmt.Sprintf("views: Rows %q have no Row markup", s.ID))
	}
	return &rows{
		Rows: s, within: mustWithin("Rows", s.ID, s.Within),
		sequences: newSequenceCache(), sample: sampleOf(s.Row),
	}
}
