package store

import (
	"fmt"

	"github.com/htmxlive/htmxlive/live"
)

// What a query answers instead of a ticket. Both wrap what live understands: at load they become the 404 and the 403
// page, later the fragment is shown as gone, or is cleared and the stream ends.
var (
	ErrGone      = fmt.Errorf("store: it is not there: %w", live.ErrGone)
	ErrForbidden = fmt.Errorf("store: it belongs to another team: %w", live.ErrForbidden)
)
