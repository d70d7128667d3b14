package nats

import (
	client "github.com/nats-io/nats.go"

	"github.com/htmxlive/htmxlive/live"
)

// backlog finds out when the client had to drop notifications because too many waited.
//
// The client's ErrSlowConsumer will not do: it comes once, when dropping begins, and what is dropped after the Resync
// that it causes would be lost unseen. But a drop leaves a full queue behind, so there is always a message to come
// at which it can be noticed.
type backlog struct {
	handled int // messages so far
	next    int // the last message that waited at the latest loss: until then nothing new can be said
	dropped int // drops that a Resync has covered
}

// lost tells whether everything must be refetched. While drops go on it says so once per full queue, not per message.
func (q *backlog) lost(sub *client.Subscription) bool {
	if q.handled++; q.handled < q.next {
		return false
	}
	dropped, err := sub.Dropped()
	if err != nil || dropped == q.dropped { // closed, or all is well
		return false
	}
	q.dropped = dropped
	pending, _, _ := sub.Pending() // this message included; of a closed subscription: nothing
	q.next = q.handled + pending - 1
	return true
}

func (b *Broker) receive(m *client.Msg) {
	if b.queue.lost(m.Sub) {
		b.cfg.Logger.Warn("nats: too many notifications waited, everything is refetched", "limit", b.cfg.Pending)
		b.local.Tell(live.Resync)
	}
	b.local.Tell(string(m.Data))
}
