package live

import (
	"context"
	"maps"
	"slices"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// follow follows the fixed topics. It comes before the first fetch, so that no change falls between the two.
func (c *cohort) follow() error {
	if err := c.core.hub.follow(c, c.plan.topics...); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.follows = true
	c.setTopics(c.plan.topics)
	return nil
}

// setTopics notes what is followed now. It holds mu.
func (c *cohort) setTopics(topics []string) {
	clear(c.topics)
	for _, topic := range topics {
		c.topics[topic] = struct{}{}
	}
	c.topicsSeq++
}

// followed is the topics that are followed now, sorted. It holds mu.
func (c *cohort) followed() []string { return slices.Sorted(maps.Keys(c.topics)) }

// followedNow is the topics that are followed now, and a number that changes with them.
func (c *cohort) followedNow() ([]string, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.followed(), c.topicsSeq
}

// followsTopic reports whether notifications of the topic reach the cohort.
func (c *cohort) followsTopic(topic string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.topics[topic]
	return ok
}

// settleTopics follows what the result says. A change from before a new topic was followed is only seen by a fetch that
// starts after, so there is one fetch more, and its snapshot counts. If that names new topics again, the topics have churned.
func (c *cohort) settleTopics(ctx context.Context, s *snapshot) (*snapshot, error) {
	added, err := c.followResult(s)
	if err != nil || !added {
		return s, err
	}
	if s, err = c.produce(ctx); err != nil {
		return nil, err
	}
	s.churned, err = c.followResult(s)
	if s.churned && c.isChurning() {
		c.core.cfg.Logger.WarnContext(ctx, "live: SubscribeTo names topics that it did not name before, refetch after refetch: "+
			"each costs one fetch more, so they are put off; name topics that stay the same while the result does", "assign", c.name)
	}
	return s, err
}

// isChurning reports, once in a row of such refetches, that topics have churned twice.
func (c *cohort) isChurning() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.schedule.churn == 1
}

// followResult follows the fixed topics and those of the result, and no others. A result that is gone names none: what
// was followed says when it is back.
func (c *cohort) followResult(s *snapshot) (added bool, err error) {
	if s.status != fragment.Ready {
		return false, nil
	}
	want, err := c.resultTopics(s)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	follows, dropped := c.follows && !c.schedule.ended, maps.Clone(c.topics)
	c.mu.Unlock()
	if !follows {
		return false, nil
	}
	more := slices.DeleteFunc(slices.Clone(want), func(t string) bool { _, ok := dropped[t]; return ok })
	for _, topic := range want {
		delete(dropped, topic)
	}
	if err := c.core.hub.follow(c, more...); err != nil {
		return false, err
	}
	leave := slices.Collect(maps.Keys(dropped))
	c.mu.Lock()
	if c.schedule.ended { // end has left the topics it knew of
		leave = more
	} else if len(more)+len(leave) > 0 {
		c.setTopics(want)
	}
	c.mu.Unlock()
	c.core.hub.leave(c, leave...)
	return len(more) > 0, nil
}

// resultTopics is the fixed topics and those computed from what the subscribers see. The limit is for each view of its
// own: one with other pinned rows must not cost the rest theirs.
func (c *cohort) resultTopics(s *snapshot) (topics []string, err error) {
	defer recoverTo(&err)
	all := map[string]struct{}{}
	for _, v := range s.views {
		topics := slices.Concat(c.plan.topics, c.plan.topicsOf(v.result))
		slices.Sort(topics)
		topics = slices.Compact(topics)
		if err := c.core.checkTopics(topics); err != nil {
			return nil, err
		}
		for _, topic := range topics {
			all[topic] = struct{}{}
		}
	}
	return slices.Collect(maps.Keys(all)), nil
}
