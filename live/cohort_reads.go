package live

import "context"

// Reads records that the fetch which runs under ctx reads what the topics stand for. They join Subscribe and SubscribeTo
// of its query, and are followed until a fetch succeeds that does not record them. A data layer calls it for its users,
// who then name no topics.
//
// The topics are followed when Reads returns. Call it before the statement runs: a change that is published later is one
// fetch more, and none is needed for what was published before. For a statement that reads from an older snapshot there
// is [ReadsSnapshot].
//
// A topic that cannot be followed, or more of them than [Limits] allows, is an error of the fetch. Reads may be called
// from several goroutines. It does nothing once the fetch has returned, nor under any other context.
func Reads(ctx context.Context, topics ...string) {}

// ReadsSnapshot is [Reads] for a statement that reads from a snapshot which may be older than the call, such as a later
// statement of a REPEATABLE READ transaction. A topic that was not followed before the fetch began costs one more fetch,
// which sees what changed between.
func ReadsSnapshot(ctx context.Context, topics ...string) {}
