package live

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// explain is what there is to say of the query to one who looks at it.
func (c *cohort) explain(v *subscriber) AssignInfo {
	c.mu.Lock()
	defer c.mu.Unlock()
	info := AssignInfo{
		Viewers: c.schedule.watching, FetchedAt: c.schedule.began, Took: ago(time.Duration(c.stats.tookMicros) * time.Microsecond),
		Notifications: int(c.stats.notified), Skipped: int(c.stats.skipped), Fetches: int(c.stats.fetches),
		Partial: int(c.stats.partial), Same: int(c.stats.same), Findings: c.core.findings.list(c.name),
	}
	if c.plan.share != nil {
		info.Shared, info.Scope = c.plan.share.key.name, c.plan.share.key.scope
	}
	for _, topic := range c.followed() {
		info.Topics = append(info.Topics, TopicInfo{topic, c.whyFollowed(topic)})
	}
	if c.stats.notifiedAt != 0 {
		info.NotifiedAt, info.NotifiedOf, info.NotifiedBy = time.Unix(0, c.stats.notifiedAt), c.stats.topic, c.stats.from.String()
	}
	if c.err != nil {
		info.Error = c.err.Error()
	}
	if shown := v.shown.Load(); shown != nil {
		info.RowsRendered, info.RowsCached = int(shown.rendered), int(shown.cached)
		for _, r := range shown.renders {
			info.Bytes += len(r.bytes)
		}
	}
	info.Live, info.State = c.explainState(v, time.Now())
	return info
}

// whyFollowed is why a topic is followed. It holds mu.
func (c *cohort) whyFollowed(topic string) string {
	switch {
	case slices.Contains(c.plan.topics, topic):
		return "Subscribe"
	case c.topics[topic] != named:
		return "read by a fetch that is under way, or had no result"
	case c.plan.topicsOf == nil:
		return "read"
	case !c.recorded:
		return "SubscribeTo"
	}
	return "SubscribeTo or read"
}

// explainState is whether the query is live for v, and why. It holds mu.
func (c *cohort) explainState(v *subscriber, now time.Time) (live bool, why string) {
	if why = c.whyNoResult(v, now); why != "" {
		return false, why
	}
	if why = c.whyNoRefetch(); why != "" {
		return false, why
	}
	if latest := c.viewOf(v); latest != nil && !latest.same(v.shown.Load()) {
		return false, "the newest result is not on the page: its browser does not read its stream, or is about to get it"
	}
	return true, c.whyLive(now)
}

// whyNoResult is why there is no good and new result; "" if there is one. It holds mu.
func (c *cohort) whyNoResult(v *subscriber, now time.Time) string {
	s := &c.schedule
	switch {
	case s.ended:
		return "it has ended"
	case !v.watching:
		return "the stream has not begun: its handler has not returned"
	case c.err != nil && s.wantSeq != s.haveSeq:
		return fmt.Sprintf("the newest fetch has failed, %d in a row, and what is shown is older; the next is tried in %v", max(1, s.failures), ago(s.notBefore.Sub(now)))
	case c.snap == nil || s.haveSeq < v.fromSeq:
		return "it is being loaded"
	case c.snap.status == fragment.Gone:
		return "its subject is gone (ErrGone)"
	case c.snap.status == fragment.Cleared:
		return "its subject is not to be seen any more (ErrForbidden)"
	}
	return ""
}

// whyNoRefetch is why no change refetches the query; "" if one does. It holds mu.
func (c *cohort) whyNoRefetch() string {
	hooked := c.hook != nil && c.hook.hooked()
	switch {
	case c.plan.noRefetch:
		return "NoRefetch is set: only Socket.Refetch and loads refetch it"
	case len(c.topics) == 0 && c.plan.interval == 0 && !hooked && !c.recorded:
		return "nothing refetches it: it follows no topic and has no RefetchInterval, and its Fetch has recorded nothing that it reads. Does the database get Fetch's ctx?"
	case len(c.topics) == 0 && c.plan.interval == 0 && !hooked:
		return "nothing refetches it: it follows no topic and has no RefetchInterval"
	case c.clock != "" && c.plan.interval == 0:
		return "it depends on " + c.clock + ", which changes and tells nobody: set RefetchInterval, or NoRefetch where the first result stays right"
	}
	return ""
}

// whyLive is what refetches the query, and what is about to. It holds mu.
func (c *cohort) whyLive(now time.Time) string {
	var does []string
	switch n := len(c.topics); n {
	case 0:
	case 1:
		does = append(does, "follows a topic")
	default:
		does = append(does, fmt.Sprintf("follows %d topics", n))
	}
	if c.plan.interval > 0 {
		does = append(does, fmt.Sprintf("is refetched every %v", c.plan.interval))
	}
	why := "it " + strings.Join(does, " and ")
	if len(does) == 0 {
		why = "it follows no topic" // but there is a hook
	}
	if c.hook != nil && c.hook.hooked() {
		why += "; OnNotification decides which notifications refetch it"
	}
	s := &c.schedule
	_, wait := s.next(now)
	switch {
	case s.running && s.queued:
		why += "; a fetch waits for its place among MaxFetches"
	case s.running:
		why += fmt.Sprintf("; a fetch has been running for %v", ago(now.Sub(s.began)))
	case wait > 0:
		why += fmt.Sprintf("; a change waits for the end of RefetchWindow, %v", ago(wait))
	}
	return why
}

// ago is a time as people say it.
func ago(d time.Duration) time.Duration {
	switch {
	case d > time.Minute:
		return d.Round(time.Second)
	case d > time.Second:
		return d.Round(100 * time.Millisecond)
	case d > time.Millisecond:
		return d.Round(100 * time.Microsecond)
	}
	return max(0, d.Round(time.Microsecond))
}
