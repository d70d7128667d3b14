package fragment

import "context"

// Fragment is one element of a page that follows the data.
type Fragment interface {
	// ID is the id of the fragment's element. It never changes, and no other fragment of the page has it.
	ID() string
	// Render renders the assigns to bytes that only the fragment reads. It is pure: equal assigns give equal bytes, and
	// equal bytes look equal. For shared queries ctx knows nothing of a request.
	Render(ctx context.Context, assigns Assigns) ([]byte, error)
	// Inline is the HTML that stands in the page when it is loaded; it is not escaped again. It is the element with its id,
	// as views.Block writes it. A fragment of the contents of an element that the page's template writes, such as
	// <ul id="guests">, returns what stands in that element, as views.Rows does.
	Inline(rendered []byte) []byte
	// Patch is the HTML that turns an element which shows old into one that shows rendered: one or more elements for htmx's
	// out-of-band swaps, each of which carries hx-swap-oob. With hx-swap-oob="true" an element takes the place of the one
	// that has its id. When old is nil it is not known what the element shows. No HTML means that nothing visible differs.
	Patch(old, rendered []byte) []byte
}

// RowRenderer is a fragment of one list that renders row by row. Live asks it for each row once, and for the whole of
// those rows, instead of calling Render. A row that several pages keep, each among others, is rendered once for all. Where
// the type of the rows holds nothing but strings, integers, booleans, times and structs and arrays of them, a row is not
// rendered again before it differs by == from what it was; a RefetchInterval, Socket.Refetch and a load that no topic
// informs render all rows anew. So what RenderRow returns depends on the row alone.
//
// Render remains in use, by composed fragments and for assigns that are not Ready, and gives the same bytes.
type RowRenderer interface {
	// RenderRow renders one row to bytes that only RenderRows reads. It may return none for a row that is left out.
	RenderRow(ctx context.Context, row Row) ([]byte, error)
	// RenderRows is Render for assigns with rows that have been rendered: rows has what RenderRow returned of each row of the
	// list, in order. It may set rows[i] to a part of what it returns that is equal to it: the row cache keeps those until
	// the next refetch, and then holds no row twice.
	RenderRows(ctx context.Context, assigns Assigns, rows [][]byte) ([]byte, error)
}

// Compacter is a fragment that needs little of an old version to make a patch.
type Compacter interface {
	// Compact is a short stand-in for rendered that Patch takes as old, for pages that remember what they show. Inline,
	// and the other side of Patch, are never given one.
	Compact(rendered []byte) []byte
}

// GoneShower is a fragment of rows that knows whether rows which are gone are to be seen. When a fragment of a list leaves
// them out and none shows them, a list that lost all its rows shows what a fresh load shows. A fragment without the method
// says nothing about it.
type GoneShower interface {
	ShowsGone() bool
}

// RowPrefixer is a fragment of rows each of which is an element with an id.
type RowPrefixer interface {
	// RowPrefix is what the ids of all rows begin with. No other id of the page may begin with it.
	RowPrefix() string
}
