package nats

import client "github.com/nats-io/nats.go"

// backlog finds out when the client had to drop frames because too many waited.
//
// The client's ErrSlowConsumer will not do: it comes once, when dropping begins, and what is dropped after the Resync
// that it causes would be lost unseen. But a drop leaves a full queue behind, so there is always a message to come
// at which it can be noticed.
type backlog struct {
	handled int // messages so far
	next    int // the last message that waited at the latest loss: until then nothing new can be said
	dropped int // drops that a Resync has covered
}

// lost reports whether frames were dropped that no Resync has covered. While drops go on that is once per full queue, not
// once per message.
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

// receive is called by the subscription's goroutine, for one message after the other.
func (b *Broker) receive(m *client.Msg) {
	if b.queue.lost(m.Sub) {
		b.cfg.Logger.Warn("nats: too many frames waited, everything is refetched", "limit", b.cfg.Pending)
		b.listener.Receive(nil)
	}
	b.listener.Receive(m.Data)
}
