// Package fragment is the contract between package live and what a page shows: what a fragment is, and what it is given.
//
// A fragment is one element of the page that follows the data, known by its id. Package views makes fragments of HTML
// templates and components; anything with the four methods of [Fragment] is one too, and package live treats both alike.
// It knows nothing of what a fragment renders: it compares the bytes, keeps them, puts [Fragment.Inline] into the page
// when the page is loaded, and sends [Fragment.Patch] when the bytes become others.
//
// What a fragment owes:
//
//   - Render is pure: equal assigns give equal bytes, in every process, and equal bytes look equal in a browser. So no
//     map order, no time, no random number, nothing of the viewer goes into what is rendered.
//   - It is safe for concurrent use: one fragment serves all pages. It changes no bytes that it returned or was given,
//     and nothing in the assigns.
//   - An error, or a panic, of Render ends the refetch that asked for it: the page keeps what it shows, the error is logged,
//     and the query is tried again later. A fragment of rows may go on without a row that fails: it tells the [Failures] of
//     the context, where there are any, and renders something in the row's place.
//
// What live owes:
//
//   - Patch gets what this same fragment rendered before, in this process. What a browser shows that came from another
//     process is not known, and old is nil then.
//   - A rendering is made once for all pages that show the same, and is at most Limits.BytesPerFragment long.
//
// What a fragment is given are assigns: kept queries by the name they are kept under, and plain values. Each has a
// [Status], a value and, where the query is a list or a page, rows. A whole fragment of one's own:
//
//	// total is the value of the query "orders", in an element of its own.
//	type total struct{}
//
//	func (total) ID() string { return "total" }
//
//	func (total) Render(_ context.Context, assigns fragment.Assigns) ([]byte, error) {
//		a := assigns["orders"]
//		if a.Status != fragment.Ready {
//			return []byte(a.Status), nil
//		}
//		return fmt.Append(nil, a.Value), nil // the int of a live.Query[int]: nothing to escape
//	}
//
//	func (t total) Inline(rendered []byte) []byte { return t.element("", rendered) }
//
//	func (t total) Patch(old, rendered []byte) []byte {
//		if bytes.Equal(old, rendered) {
//			return nil
//		}
//		return t.element(` hx-swap-oob="true"`, rendered)
//	}
//
//	func (t total) element(attrs string, rendered []byte) []byte {
//		return fmt.Appendf(nil, `<output id="%s"%s>%s</output>`, t.ID(), attrs, rendered)
//	}
//
// Fragments may have more methods, each an interface of its own. [RowRenderer] has live render each row once and not
// again before it changes. [Compacter] lets pages forget old HTML. [GoneShower] reports whether rows which vanished are
// shown. [RowPrefixer] lets overlapping row ids be found.
package fragment
