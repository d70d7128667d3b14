// Package live keeps query results true while somebody looks at them.
//
// A handler keeps results on its page, a [Socket], under names: [Keep] a value, [KeepList] a list of
// keyed rows, [KeepPage] a page of one. Each query says which topics stand for a change of its result, or its Fetch records
// them while it runs ([Reads]).
// After a commit the application calls [Keeper.Publish] with the topic; the queries that follow it are
// refetched, what they look like is rendered, and each page's stream takes the difference from what its
// browser shows.
//
// A notification is a dirty mark and holds no data. A stream holds no queue: it knows which version of
// each fragment its browser has, and when its connection can take more it pulls the difference to the
// newest. So a thousand notifications cost one refetch, a slow browser costs nobody anything, and
// coming back after a lost connection is the same as being slow.
//
// What is promised:
//
//   - When changes stop, every connected page shows what loading it afresh would show.
//   - A change that is published after its commit is seen by a fetch that starts after it: topics are
//     followed before the fetch, or before the statement that reads what they stand for; a gap in the [Broker] counts as
//     a change of everything, and what it loses without a word is noticed within seconds.
//   - A query never runs twice at the same time, and a change during a fetch is exactly one fetch more.
//   - Without a viewer there are no queries and no timers, and nothing outlives its page.
//   - A failed fetch or render sends nothing, keeps the last good state, is logged, and is retried with
//     backoff. A panic in user code ends that refetch and nothing else. [ErrGone] and [ErrForbidden] mean what they say.
//   - A query is private to its page unless it is made with [Share], which needs an authorization scope.
//
// What a query owes: it is a read that is safe to repeat; it ends when its context does; it uses nothing
// that was closed when the handler returned. Its closure may use the request it was made in, since a
// private query runs only while that request lives.
//
// The package knows no HTTP and no HTML. What a fragment renders and how two versions differ is the
// business of a [fragment.Fragment], of which package views has several kinds.
//
// # For authors of pages
//
// A handler needs [Keep], [KeepList] and [KeepPage] with [Query], [ListQuery] and [PageQuery] ([Results] says what happens
// to rows), the seven methods of [Socket], and [Share] with [Shared]. With [Where] a Fetch says which rows of a table concern it. A program makes a [Keeper] by [NewKeeper] from a
// [Config] with [Limits], which a [LimitError] names by its [Limit], and perhaps a [Broker], whose state [Keeper.Connected] reports. An inspector reads [Stats],
// [StreamInfo] and [SharedQueryInfo].
//
// # For adapters and test kits
//
// Everything else is for code that connects pages to a router, as package middleware/adapter does, or to a test, as package
// livetest does: [Transport], made by [Keeper.Connect] from a [SocketConfig], writes each [Update] to a [StreamWriter]:
// a [Patch] from one [Rendering] to the next, or a [CloseReason]. [State] is what a page shows, by [Digest] and by
// [PinnedRows].
//
// An inspector may also tell of each [Finding] of [Keeper.Findings], and why a page is live or not: [Keeper.Why] is a
// [PageInfo] with a [PageStreamInfo] for each stream, an [AssignInfo] for each result and a [TopicInfo] for each topic.
//
// # For drivers of databases
//
// What runs statements for a Fetch says what they read: [Reads] before a statement runs, [ReadsSnapshot] where the statement
// reads from a snapshot that may be older, and [ReadsClock] where it reads the time. [FailFetch] is for what a driver finds
// wrong when the statement has returned. The context that Fetch is given carries the recorder, so a query needs no Subscribe
// where its Fetch passes that context on. [Recording] reports whether a fetch runs under a context, [Keeper.Follows] whether a
// topic is followed, and [Keeper.Heard] whether other nodes may hear it too. What has changed is published after the commit,
// with [Keeper.Publish] or, row by row, as a [Change] with [Keeper.PublishChanges], under [ByAnotherProgram] where it was none of this one. What an author says with Where a driver
// reads as [Conditions]: with them it can [Narrow] a topic that it records, and each [Condition] can be asked of a row that a
// statement returns.
package live
