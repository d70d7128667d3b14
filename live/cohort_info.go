package live

import "time"

// AssignInfo is one result that a page keeps: what refetches it, and what that has cost.
type AssignInfo struct {
	Name    string
	Shared  string // name of the shared query; "" is a private one
	Scope   string // of a shared query
	Viewers int    // open streams that show it

	Live  bool   // a change of what it follows reaches the page
	State string // in a sentence: why it is live, or why not

	Topics []TopicInfo // that are followed

	// The newest cause of a refetch, such as a notification, skipped or not.
	NotifiedAt time.Time // zero: there was none
	NotifiedOf string    // the topic; "" for a cause that has none
	NotifiedBy string    // from where it came

	FetchedAt time.Time     // when the newest fetch began
	Took      time.Duration // with its rendering
	Error     string        // of the newest fetch

	// What the page shows.
	RowsRendered, RowsCached int // rows that were rendered for it, and that were what they had been, in all fragments
	Bytes                    int // of the rendered fragments
	Sent                     int // HTML of the newest message to this page with a patch for it; 0: what it was loaded with is all

	// Counts since the query was kept, those of a shared query for all pages.
	Notifications int // and other causes of a refetch
	Skipped       int // notifications that facts kept from being a fetch
	Fetches       int
	Partial       int // fetches of those rows only that have changed
	Same          int // fetches that found what was shown already
	Findings      []Finding
}

// TopicInfo is a topic that is followed.
type TopicInfo struct{ Topic, Why string }
