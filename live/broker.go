package live

import "context"

// Broker carries notifications between the nodes of an application. One node needs none.
//
// A notification is a topic and nothing else: a mark that something behind the topic changed.
type Broker interface {
	// Publish announces the topics to the other nodes. It need not reach the subscribers of this same
	// Broker value, whose Keeper has told its own pages already; if it does, each costs one fetch more.
	Publish(ctx context.Context, topics ...string) error
	// Subscribe returns once the engine has confirmed: what is published after that reaches handle.
	// After anything that may have lost a notification (a reconnect, an overflow) handle gets [Resync].
	Subscribe(ctx context.Context, handle Handler, topics ...string) (Subscription, error)
}

// Handler receives a topic, or Resync. It never blocks, so a broker may call it from its read loop.
type Handler func(topic string)

// Resync in place of a topic says that notifications may have been lost: everything may have changed.
const Resync = ""

// Subscription ends with Unsubscribe, after which the handler is not called any more but for calls under way.
type Subscription interface {
	Unsubscribe(ctx context.Context) error
}

// Topics that keepers use between themselves. User topics that begin like them are refused.
const (
	reserved    = "htmxlive."
	resyncTopic = reserved + "resync"
	kickTopic   = reserved + "kick."
)
