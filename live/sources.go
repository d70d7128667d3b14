package live

import "context"

// Follows reports whether a query or a hook of this node follows the topic at this moment. A source of changes that has to
// look for them, such as the watcher of a file, asks it whether somebody waits for what it may find.
func (k *Keeper) Follows(topic string) bool { return k.hub.follows(topic) }

func (h *hub) follows(topic string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	_, ok := h.topics[topic]
	return ok
}

// Recording reports whether [Reads] would record something under ctx. A data layer asks it before it finds out what a
// statement reads.
func Recording(ctx context.Context) bool {
	_, ok := ctx.Value(recorderKey{}).(*recorder)
	return ok
}
