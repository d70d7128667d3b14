package live

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// follow subscribes to the fixed topics. It comes before the first fetch, so that no change falls between the two.
func (c *cohort) follow(ctx context.Context) error {
	if err := c.keeper.hub.follow(ctx, c.ears, c.plan.topics...); err != nil {
		return err
	}
	c.mu.Lock()
	ended := c.ended
	if !ended {
		c.follows = true
		for _, topic := range c.plan.topics {
			c.topics[topic] = struct{}{}
		}
	}
	c.mu.Unlock()
	if ended { // while the engine was asked, so end has not left them
		c.keeper.hub.leave(ctx, c.ears, c.plan.topics...)
		return ErrClosed
	}
	return nil
}

// followsTopic tells whether notifications of the topic reach the cohort.
func (c *cohort) followsTopic(topic string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.topics[topic]
	return ok
}

// settleTopics follows what the result says. What changed before a new topic was confirmed is only
// seen by a fetch that starts after, so that is one fetch more; if it names new topics again, so is another refetch.
func (c *cohort) settleTopics(ctx context.Context, seq uint64, s *snapshot) (uint64, *snapshot, error) {
	added, err := c.followResult(ctx, s)
	if err != nil || !added {
		return seq, s, err
	}
	if seq, s, err = c.produce(ctx); err != nil {
		return seq, s, err
	}
	if added, err = c.followResult(ctx, s); added {
		c.mark(true)
	}
	return seq, s, err
}

// followResult follows the fixed topics and those of the result, and no others. A result that is gone
// names none: what was followed says when it is back.
func (c *cohort) followResult(ctx context.Context, s *snapshot) (added bool, err error) {
	if s.status != fragment.Ready {
		return false, nil
	}
	want, err := c.resultTopics(s)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	follows, had := c.follows && !c.ended, maps.Clone(c.topics)
	c.mu.Unlock()
	if !follows {
		return false, nil
	}
	more := slices.DeleteFunc(slices.Clone(want), func(t string) bool { _, ok := had[t]; return ok })
	for _, topic := range want {
		delete(had, topic)
	}
	if err := c.keeper.hub.follow(ctx, c.ears, more...); err != nil {
		return false, err
	}
	drop := slices.Collect(maps.Keys(had))
	c.mu.Lock()
	if c.ended { // end has left the topics it knew of
		drop = more
	} else {
		clear(c.topics)
		for _, topic := range want {
			c.topics[topic] = struct{}{}
		}
	}
	c.mu.Unlock()
	c.keeper.hub.leave(ctx, c.ears, drop...)
	return len(more) > 0, nil
}

// resultTopics is the fixed topics and those computed from what the viewers see. The limit is for each
// view of its own: one who keeps other rows must not cost the rest theirs.
func (c *cohort) resultTopics(s *snapshot) (topics []string, err error) {
	defer recoverTo(&err)
	all := map[string]struct{}{}
	for _, v := range s.views {
		topics := slices.Concat(c.plan.topics, c.plan.topicsOf(v.result))
		slices.Sort(topics)
		topics = slices.Compact(topics)
		if err := c.keeper.checkTopics(topics); err != nil {
			return nil, err
		}
		for _, topic := range topics {
			all[topic] = struct{}{}
		}
	}
	return slices.Collect(maps.Keys(all)), nil
}

// checkTopics refuses what no Publish could ever name, and more than the limit.
func (k *Keeper) checkTopics(topics []string) error {
	if most := k.cfg.Limits.TopicsPerAssign; len(topics) > most {
		return &LimitError{Limit: "TopicsPerAssign", Max: most}
	}
	for _, topic := range topics {
		if err := checkTopic(topic); err != nil {
			return err
		}
	}
	return nil
}

func checkTopic(topic string) error {
	if topic == "" {
		return fmt.Errorf("live: a topic is empty")
	}
	if strings.HasPrefix(topic, reserved) {
		return fmt.Errorf("live: topic %q: topics that begin with %q are the library's own", topic, reserved)
	}
	return nil
}
