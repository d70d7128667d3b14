// Package sse keeps one stream of Server-Sent Events open to one browser and writes to it only when the browser can
// take more.
//
// # What a stream promises
//
//   - Pull, not push. [Serve] asks its [Source] for the newest message when the previous one has been flushed, so one
//     message is on its way at any time and no queue exists. A slow browser gets fewer, newer messages.
//   - Straight delivery. A goroutine that has news for many streams writes to each of them itself, between
//     [Stream.TryAcquire] and [Stream.Release], which costs half as much as to wake them. It never waits for a stream
//     that is being written or has a slow browser; the request goroutine sends to those.
//   - Order. One goroutine writes at a time. Heartbeats take the same way as messages.
//   - Whole messages. A message is one write and one flush (one write per 32 KB of a larger one). A stream ends between
//     messages, unless the connection fails or a panic comes in the middle of one; browsers throw such a half message away.
//   - Bounded. Each write has a deadline. A browser that does not read is cut off after it, holds less than 100 KB here
//     until then whatever the size of its message, and delays nobody but, once, the goroutine that delivers to it. An
//     idle stream holds no buffer. A delivery allocates nothing.
//   - Nothing injected. Line ends in data are normalized by [Encode]; an id that could end its line is refused.
//     Messages carry no event name, which every htmx generation understands. Heartbeats do, see [HeartbeatEvent].
//   - Nothing left behind. When [Serve] returns, nobody uses the request, the writer or the source any more.
//
// # What a source owes
//
//   - [Source.Next] runs on the request goroutine, honours its context and returns what differs now. It may block to
//     compose a message, not to wait for one: waiting is what [Source.Changed] is for.
//   - What [Encode] made is never changed after it was handed out: it is on its way to many browsers at once.
//
// # What a deliverer owes
//
//   - It neither blocks nor takes long between TryAcquire and Release, and defers Release.
//   - What it finds it cannot deliver, it leaves to the source: it signals Changed.
//   - The source is not asked meanwhile. What both of them read and write is theirs in turn, and is not tied to one
//     goroutine.
//
// # What the caller owes
//
// The writer must be able to flush, directly or through Unwrap, and nothing may compress it. Deadlines need a writer
// that reaches net/http's own through Unwrap; one that does not still works, without them. The server's read and write
// timeouts do not end a stream: Serve lifts the first and renews the second with every write. [http.Server.Shutdown]
// waits for open streams, so end the request's context or the source first (see [http.Server.RegisterOnShutdown]).
package sse
