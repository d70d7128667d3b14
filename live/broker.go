package live

import "context"

// Broker carries frames between the nodes of an application. One node needs none.
//
// A frame is opaque to the broker: what a keeper has to say to the others, in a format that it versions itself. Every
// node hears every frame, so opening a page asks nothing of the engine.
type Broker interface {
	// Publish hands a frame of at most MaxFrame bytes to the nodes that listen. This same node may hear it, too.
	Publish(ctx context.Context, frame []byte) error
	// Listen calls receive with every frame that nodes publish, and with Resync (nil) after anything that may have lost
	// one: a reconnect, an overflow. It returns once the engine has confirmed; while the engine is away it returns at
	// once, heals by itself and calls receive(Resync) then. Listening ends when ctx does. receive never blocks, so a
	// broker may call it from its read loop, and it does not keep the frame.
	Listen(ctx context.Context, receive func(frame []byte)) error
	// Connected reports whether the engine is there now. A node without one serves its pages and shows its own changes.
	Connected() bool
}

// MaxFrame is the most bytes that a frame has. PostgreSQL carries less than 8,000 in a notification.
const MaxFrame = 7 << 10
