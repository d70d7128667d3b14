// Package embedded joins the nodes of a small cluster without any service beside them: each node runs a NATS server in its own
// process, and the servers connect to each other.
//
//	broker, err := embedded.Start(ctx, embedded.Config{
//		Listen: "10.0.0.1:6222",
//		Routes: []string{"10.0.0.1:6222", "10.0.0.2:6222", "10.0.0.3:6222"}, // the same list on all nodes
//		Secret: os.Getenv("CLUSTER_SECRET"),
//	})
//	if err != nil {
//		return err
//	}
//	defer broker.Close() // after the keeper
//	keeper := live.NewKeeper(live.Config{Broker: broker})
//
// # How it works
//
// The server takes connections of other nodes' servers, on Config.Listen, and of no clients but this node's own, which is
// connected in memory. Every server has a connection to every other one (a route). Nodes may come and go in any order; each
// tries those of Config.Routes that are away once a second, for ever, and those that others tell it of for ten minutes. One route to
// a node that is there is enough to find the rest. It is made for up to ten nodes or so: with n of them there are
// n·(n-1)/2 routes, and each publication goes to n-1 servers.
//
// Who reaches the port and knows the secret can do what a node can. Without Config.TLS the secret and the frames travel in the
// clear, so keep the port inside.
//
// # What is promised
//
// What package nats promises, with one difference: the connection to the own server is never lost, so Connected is true as
// long as the broker is open, and a route that is cut is no gap that the driver sees. Frames that it loses are noticed by
// their numbers, which keepers give them: a Resync once the route is back, within seconds. A route that fell silent is given
// up after 6 s.
//
// Publish returns nil when the node's own server has the frame. The others get it from there.
package embedded
