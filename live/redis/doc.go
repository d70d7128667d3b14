// Package redis joins the nodes of an application through Redis or Valkey, so that a change on one marks the open pages of
// all.
//
//	broker, err := redis.Connect(ctx, redis.Config{URL: "redis://redis.internal:6379"})
//	if err != nil {
//		return err
//	}
//	defer broker.Close() // after the keeper
//	keeper := live.NewKeeper(live.Config{Broker: broker})
//
// # How it works
//
// Each node has one connection that is subscribed to one channel (by default "htmxlive"), and a pool of others on which it
// publishes. A message is a frame of a keeper or, from any other program that reaches the server, a topic and nothing else,
// in any bytes:
//
//	redis-cli publish htmxlive tickets:team:3
//
// An empty message says that everything may have changed. Nothing is stored: any memory limit and any persistence will do.
// The databases of a server share its channels, so give each application a channel of its own. A program that may
// publish to the channel can cause refetches, and end the streams of a session or user whose key or name it knows. One that may
// subscribe to it hears topics and, of databases that are followed, keys of rows and the values of declared columns. A user
// of Redis needs the commands and the channel: +publish +subscribe +ping +hello +client +cluster, &htmxlive.
//
// # One server, Sentinel, a cluster
//
// With Sentinel a node listens and publishes at the master that Sentinel names. When another server becomes the master, Sentinel
// ends the connections of the old one, which is a gap as any other. In a cluster all nodes listen and publish at
// the master of the channel's slot. While nodes disagree who that is, the servers pass frames on to each other.
//
// A URL of one server must lead to the master: what is published at a replica reaches nobody else.
//
// # What is promised
//
//   - Publish returns nil when the server has the frame. Everything else is an error, at once where the server is
//     away, and the keeper then sees to it that the other nodes refetch.
//   - Frames can be lost while a node has no connection. After each such gap the listener gets nil once, as soon as the server
//     has confirmed that the node hears again. A server that fell silent is given up after 10 s; until then a node cannot know
//     of the gap. So is one whose frames a node takes too slowly: the server ends the connection
//     (client-output-buffer-limit pubsub), and a receiver that keeps one call for 10 s loses it too.
//   - Frames that a master confirmed in the moment in which it loses its place may reach only a part of the nodes. The keepers'
//     numbers show it.
//   - While the server is away pages open, follow the changes of their own node, and catch up when it is back.
//   - A node hears its own frames, which its keeper does not look at.
//
// Publish and subscribe are enough: what is in a stream (XADD) is for a reader that was away and reads it from there; a page
// that was away reads the database.
package redis
