package live

import "context"

// origin is where a notification comes from.
type origin uint8

const (
	byPublish  origin = iota // [Keeper.Publish] on this node
	byChanges                // [Keeper.PublishChanges] on this node, which drivers call
	byProgram                // the same, under [ByAnotherProgram]
	byNode                   // a frame of another node
	byEngine                 // a frame of no node: a trigger's, or what a person has written
	byResync                 // notifications may have been lost
	byRefetch                // [Socket.Refetch]
	byInterval               // RefetchInterval
)

// String is the origin in words.
func (o origin) String() string {
	switch o {
	case byPublish:
		return "Publish on this node"
	case byChanges:
		return "a commit on this node"
	case byProgram:
		return "another program, which this node has noticed"
	case byNode:
		return "another node"
	case byEngine:
		return "the database or broker itself"
	case byResync:
		return "a resync, for notifications may have been lost"
	case byRefetch:
		return "Refetch"
	case byInterval:
		return "RefetchInterval"
	}
	return "nowhere"
}

type programKey struct{}

// ByAnotherProgram returns a context under which [Keeper.PublishChanges] tells what another program has written, and a driver has
// noticed. [Keeper.Why] says so.
func ByAnotherProgram(ctx context.Context) context.Context {
	return context.WithValue(ctx, programKey{}, true)
}
