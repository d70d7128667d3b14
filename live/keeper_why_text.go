package live

import (
	"fmt"
	"strings"
	"time"
)

// String is the page in lines of text.
func (p PageInfo) String() string {
	var b strings.Builder
	switch n := len(p.Streams) + p.More; n {
	case 0:
		fmt.Fprintf(&b, "%s is not live: no browser has a stream of it open. Does the page have {{.Live.Connect}}, and htmx?\n", p.Page)
	case 1:
		fmt.Fprintf(&b, "%s: 1 open stream\n", p.Page)
	default:
		fmt.Fprintf(&b, "%s: %d open streams\n", p.Page, n)
	}
	for _, s := range p.Streams {
		fmt.Fprintf(&b, "\n%s of session %s", s.address(), s.Session)
		if s.User != "" {
			fmt.Fprintf(&b, ", user %s", s.User)
		}
		fmt.Fprintf(&b, ", open for %v\n", ago(p.At.Sub(s.Since)))
		if len(s.Kept) == 0 {
			fmt.Fprintln(&b, "  nothing is kept on it")
		}
		for _, a := range s.Kept {
			a.print(&b, p.At)
		}
	}
	if p.More > 0 {
		fmt.Fprintf(&b, "\nand %d more\n", p.More)
	}
	return b.String()
}

func (s StreamInfo) address() string {
	if s.Query == "" {
		return s.Path
	}
	return s.Path + "?" + s.Query
}

func (a AssignInfo) print(b *strings.Builder, at time.Time) {
	is := "live"
	if !a.Live {
		is = "NOT LIVE"
	}
	fmt.Fprintf(b, "  %s is %s: %s\n", a.Name, is, a.State)
	line := func(name, format string, values ...any) {
		fmt.Fprintf(b, "    %-9s "+format+"\n", append([]any{name}, values...)...)
	}
	if a.Shared != "" {
		line("shared", "%s, scope %s, viewers: %d", a.Shared, a.Scope, a.Viewers)
	}
	for _, t := range a.Topics {
		line("follows", "%s (%s)", t.Topic, t.Why)
	}
	if !a.NotifiedAt.IsZero() {
		line("notified", "%d in all, %d skipped for their facts; last %v ago%s by %s", a.Notifications, a.Skipped, ago(at.Sub(a.NotifiedAt)), of(a.NotifiedOf), a.NotifiedBy)
	}
	if !a.FetchedAt.IsZero() {
		line("fetched", "%d in all, %d of some rows only, %d found the same; last %v ago in %v", a.Fetches, a.Partial, a.Same, ago(at.Sub(a.FetchedAt)), ago(a.Took))
	}
	if a.Error != "" {
		line("error", "%s", a.Error)
	}
	line("rendered", "%d rows, %d were as before; %s; last sent: %s", a.RowsRendered, a.RowsCached, bytesText(a.Bytes), bytesText(a.Sent))
	for _, f := range a.Findings {
		line("finding", "%d in all, last %v ago: %s", f.Times, ago(at.Sub(f.At)), f.Missing)
	}
}

func of(topic string) string {
	if topic == "" {
		return ""
	}
	return " of " + topic
}

// bytesText is a number of bytes as people say it.
func bytesText(n int) string {
	if n < 10_000 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d kB", n/1000)
}
