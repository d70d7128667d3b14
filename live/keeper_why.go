package live

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// PageInfo is why a page is live, or why it is not, for an inspector; String is the same for a terminal. It holds texts of
// errors, which are for developers.
type PageInfo struct {
	Page    string // as it was asked for
	At      time.Time
	Streams []PageStreamInfo // oldest first, a hundred at most
	More    int              // open streams that are left out
}

// PageStreamInfo is one open stream of a page.
type PageStreamInfo struct {
	StreamInfo

	Kept []AssignInfo // by their names
}

// whyMost is the most streams that Why describes.
const whyMost = 100

// Why tells of each open stream of a page, a path with or without a query ("/tickets?status=open"), whether what it keeps is
// live, and why. Without a query it is all pages of the path.
func (k *Keeper) Why(page string) PageInfo {
	path, query, narrow := strings.Cut(page, "?")
	if values, err := url.ParseQuery(query); err == nil {
		query = values.Encode() // as a page has it
	}
	var open []*Socket
	k.mu.Lock()
	for _, streams := range k.sessions {
		for _, s := range streams {
			if s.cfg.Path == path && (!narrow || s.opening == query) {
				open = append(open, s)
			}
		}
	}
	k.mu.Unlock()
	slices.SortFunc(open, func(a, b *Socket) int { return a.opened.Compare(b.opened) })
	info := PageInfo{Page: page, At: time.Now(), More: max(0, len(open)-whyMost)}
	for _, s := range open[:len(open)-info.More] {
		info.Streams = append(info.Streams, s.explain())
	}
	return info
}

// explain is why the page is live, or why it is not.
func (s *Socket) explain() PageStreamInfo {
	s.mu.Lock()
	assigns := slices.Clone(s.assigns)
	s.mu.Unlock()
	info := PageStreamInfo{StreamInfo: s.describe()}
	for _, name := range info.Assigns {
		for _, a := range assigns {
			if a.name == name {
				kept := a.cohort.explain(&a.subscriber)
				kept.Name, kept.Sent = name, int(a.sent.Load())
				info.Kept = append(info.Kept, kept)
			}
		}
	}
	return info
}
