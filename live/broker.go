package live

import "context"

// Broker carries frames between the nodes of an application. One node needs none. The drivers are live/nats,
// live/nats/embedded, live/postgres and live/redis, livetest.Bus joins keepers of one process, and livetest.Broker tests
// a driver of one's own.
//
// A frame is opaque to the driver: 0 to [MaxFrame] bytes of any value, which arrive as they were sent. A frame without
// bytes says the same as nil does to receive: everything may have changed. What a keeper sends says its version and is numbered, so
// that a frame which is lost without a word is missed. What other programs send, such as a trigger of the database, is a bare topic.
//
// The methods may be called from any goroutine. A call of Connected returns at once.
type Broker interface {
	// Publish hands one frame to the other nodes. It returns nil once the engine has the frame, and then every node that
	// is connected hears it. An error means that some nodes, or all, may never hear of it. A frame of more than MaxFrame
	// bytes is an error before anything is sent. While the engine is away, and once the driver is closed, Publish fails
	// at once.
	//
	// Frames that one goroutine publishes arrive in their order. Equal frames that are published at the same time may
	// arrive as one. The node that publishes may hear its own frame. Publish does not keep the slice.
	Publish(ctx context.Context, frame []byte) error
	// Listen calls receive with every frame that other nodes publish from then on, and with nil after anything that may
	// have lost one: a lost connection, once the node hears again, or an overflow. It returns once the engine has
	// confirmed that the node hears, or at once while the engine is away: the driver heals by itself, and receive(nil)
	// says when. Listening ends with ctx, or when the driver is closed: receive is not called any more, but for a call
	// that is under way.
	//
	// One Listen at a time: another one is an error, and so is one of a driver that is closed. Calls of receive do not
	// overlap. Receive never blocks, calls no Listen, and does not keep the slice.
	Listen(ctx context.Context, receive func(frame []byte)) error
	// Connected reports whether this node hears the others. It is false from the moment in which the driver notices that
	// the engine is away until the receive(nil) that ends the gap has returned.
	Connected() bool
}

// MaxFrame is the most bytes of one frame. PostgreSQL sets it: a payload has 7,999 bytes of text, and bytes that are no
// text take a quarter more there.
const MaxFrame = 6 << 10
