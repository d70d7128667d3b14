package live

// restore is the rows that a page says it keeps; nil if it keeps none, or says nonsense and is shown afresh. Most pages
// of a cohort keep what others keep, and all that keep the same rows get one and the same.
func (c *cohort) restore(from PinnedRows) *pinned {
	if p := c.knownPinned(from.id()); p != nil {
		return p
	}
	keys, empty, err := c.plan.rows.decode(from)
	if err != nil {
		return nil
	}
	restored, err := newPinned(c.plan.rows, rowsParts{keys: keys, frame: from.Frame, empty: empty})
	if err != nil || restored == nil || c.private {
		return restored
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.intern(restored)
}

func (c *cohort) knownPinned(id string) *pinned {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.pinned[id]; p != nil {
		return p
	}
	if c.snap != nil {
		if fresh := c.snap.views[nil]; fresh != nil && fresh.pinned != nil && fresh.pinned.id == id {
			return fresh.pinned
		}
	}
	return nil
}

// pinnedSets is the distinct rows that subscribers pin; nil stands for those that pin none. It holds mu.
func (c *cohort) pinnedSets() []*pinned {
	if !c.plan.keeps() {
		return nil
	}
	var sets []*pinned
	clear(c.pinned)
	seen := map[*pinned]bool{}
	for _, v := range c.subscribers.places {
		if v == nil || len(sets) > 0 && v.pinned == sets[len(sets)-1] || seen[v.pinned] { // most pin what the one before pins
			continue
		}
		seen[v.pinned] = true
		sets = append(sets, v.pinned)
		if v.pinned != nil && !c.private {
			c.intern(v.pinned)
		}
	}
	return sets
}

// intern is the one of all equal pinned rows that stands for them; p, where there is none. It holds mu.
func (c *cohort) intern(p *pinned) *pinned {
	if known := c.pinned[p.id]; known != nil {
		return known
	}
	if c.pinned == nil {
		c.pinned = map[string]*pinned{}
	}
	c.pinned[p.id] = p
	return p
}
