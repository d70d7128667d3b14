// Package nats joins the nodes of an application through NATS, so that a change on one marks the open pages of all.
//
//	broker, err := nats.Connect(ctx, nats.Config{URL: "nats://nats.internal:4222"})
//	if err != nil {
//		return err
//	}
//	defer broker.Close() // after the keeper
//	keeper := live.NewKeeper(live.Config{Broker: broker})
//
// # How it works
//
// Each node has one connection and, on it, one subscription to one subject (by default "htmxlive"). A message is a
// frame of a keeper or, from any other program that reaches the server, a topic and nothing else, in any bytes:
//
//	nats pub htmxlive tickets:team:3
//
// An empty message says that everything may have changed. A program that may publish to the subject can
// cause refetches, and end the streams of a session or user whose key or name it knows. One that may subscribe to it hears topics and,
// of databases that are followed, keys of rows and the values of declared columns. Give each application a
// subject of its own and, where others use the same server, an account or permissions for that subject.
//
// Because a node hears all topics, opening a page asks nothing of the server, and no frame falls into the moment
// in which a cluster passes on which server follows which subject. The price is that each node decodes every frame and looks its topics up in a map, some
// 20 µs each: a thousand a second are 2 % of a core on every node, a hundred thousand a second need another design.
//
// # What is promised
//
//   - Publish returns nil when the server has the frame. Everything else is an error, at once where the server is
//     away, and the keeper then sees to it that the other nodes refetch.
//   - Frames can be lost while a node has no connection, and when more than Config.Pending of them wait. After each such
//     gap the listener gets nil once, as soon as the server has confirmed that the node hears again. A server that
//     fell silent is given up after 15 s; until then a node cannot know of the gap.
//   - While the server is away pages open, follow the changes of their own node, and catch up when it is back.
//   - A node does not hear itself: its keeper has marked its own pages already.
//
// NATS core is enough: what is in a stream (JetStream) is for a reader that was away and reads it from there; a page
// that was away reads the database.
package nats
