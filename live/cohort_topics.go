package live

import (
	"context"
	"iter"
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
	c.setTopics(slices.Values(c.plan.topics))
	c.topicsSeq++
	return nil
}

// reason is why a topic is followed. A topic with a smaller reason is left sooner.
type reason uint8

const (
	readByFailed reason = iota // by a fetch that is under way, or was the newest to fail
	readByGone                 // by the newest fetch whose subject was gone or not to be seen
	named                      // it is fixed, or the newest good result names it or has read it
)

// setTopics notes that these topics are followed, as named, and no others. It holds mu.
func (c *cohort) setTopics(topics iter.Seq[string]) {
	clear(c.topics)
	for topic := range topics {
		c.topics[topic] = named
	}
}

// followRead follows a topic that the fetch under way reads, and reports whether it was not followed before. A page that
// is only being loaded follows nothing.
func (c *cohort) followRead(topic string) (added bool, err error) {
	c.mu.Lock()
	_, known := c.topics[topic]
	follows := c.follows
	c.mu.Unlock()
	if known || !follows {
		return false, nil
	}
	if err := c.core.hub.follow(c, topic); err != nil {
		return false, err
	}
	c.mu.Lock()
	ended := c.schedule.ended
	if !ended {
		c.topics[topic], c.recorded = readByFailed, true
		c.topicsSeq++
	}
	c.mu.Unlock()
	if ended { // end has left the topics that it knew of, and not this one
		c.core.hub.leave(c, topic)
	}
	return true, nil
}

// keepTopics keeps what a fetch without a good result has read, for a change of it may bring one. It leaves what an
// earlier fetch of its kind has read, so that it does not add up.
func (c *cohort) keepTopics(read map[string]bool, by reason) {
	var leave []string
	c.mu.Lock()
	for topic, was := range c.topics {
		if _, ok := read[topic]; ok {
			c.topics[topic] = max(was, by)
		} else if was <= by {
			leave = append(leave, topic)
			delete(c.topics, topic)
			c.topicsSeq++
		}
	}
	c.mu.Unlock()
	if len(leave) > 0 {
		c.core.hub.leave(c, leave...)
	}
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

// settleTopics follows what the result says and the fetch has read. A change from before a new topic of the result was
// followed is only seen by a fetch that starts after, so there is one fetch more, and its snapshot counts. So there is
// where something was read from a snapshot. If that fetch names new topics again, the topics have churned.
func (c *cohort) settleTopics(ctx context.Context, s *snapshot, reads *recorder) (*snapshot, error) {
	if c.plan.relies && len(reads.topics) == 0 && !reads.someRows {
		c.warnDeaf(ctx)
	}
	late, err := c.followResult(s, reads)
	if err != nil || !late {
		return s, err
	}
	if s, reads, err = c.produce(ctx); err != nil {
		return nil, err
	}
	s.churned, err = c.followResult(s, reads)
	if s.churned && c.isChurning() {
		c.core.cfg.Logger.WarnContext(ctx, "live: SubscribeTo names topics, or a snapshot is read under topics, that were not named before, refetch after refetch: "+
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

// followResult follows the fixed topics, those of the result and those that its fetch has read, and no others. It reports
// whether the fetch may have missed a change of them. A result that is gone names none: what was followed says when it is
// back, and so does what has been read.
func (c *cohort) followResult(s *snapshot, reads *recorder) (late bool, err error) {
	missed := reads.late && !c.plan.noRefetch
	if s.status != fragment.Ready {
		c.keepTopics(reads.topics, readByGone)
		return missed, nil
	}
	want, late, err := c.resultTopics(s, reads)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	follows, dropped := c.follows && !c.schedule.ended, maps.Clone(c.topics)
	c.mu.Unlock()
	if !follows {
		return false, nil
	}
	var more []string
	for topic := range want {
		if _, known := dropped[topic]; !known {
			more = append(more, topic)
		}
		delete(dropped, topic)
	}
	if err := c.core.hub.follow(c, more...); err != nil {
		return false, err
	}
	leave := slices.Collect(maps.Keys(dropped))
	c.mu.Lock()
	if c.schedule.ended { // end has left the topics it knew of
		leave = more
	} else {
		c.setTopics(maps.Keys(want))
		if len(more)+len(leave) > 0 {
			c.topicsSeq++
		}
	}
	c.mu.Unlock()
	c.core.hub.leave(c, leave...)
	return missed || late || len(more) > 0, nil
}

// resultTopics is the fixed topics, those computed from what the subscribers see, and those that were read. It reports
// whether one was computed that the fetch was the first to read: what else it stands for may have been read before. The
// limit is for each view of its own: one with other pinned rows must not cost the rest theirs.
func (c *cohort) resultTopics(s *snapshot, reads *recorder) (all map[string]struct{}, late bool, err error) {
	defer recoverTo(&err)
	all = map[string]struct{}{}
	if reads.someRows { // the other rows depend on what was followed before
		before, _ := c.followedNow()
		for _, topic := range before {
			all[topic] = struct{}{}
		}
	}
	read := slices.Collect(maps.Keys(reads.topics))
	for _, v := range s.views {
		names := slices.Clone(c.plan.topics)
		if c.plan.topicsOf != nil {
			names = append(names, c.plan.topicsOf(v.result)...)
		}
		topics := slices.Concat(names, read)
		slices.Sort(topics)
		topics = slices.Compact(topics)
		if err := c.core.checkTopics(topics); err != nil {
			return nil, false, err
		}
		for _, topic := range topics {
			all[topic] = struct{}{}
			late = late || reads.topics[topic] && slices.Contains(names, topic)
		}
	}
	return all, late, nil
}
