// Command bench measures what htmxlive costs, beside what the same work costs without it.
//
//	go run ./internal/bench            # everything, under 25 minutes; writes docs/benchmarks.md and its plots
//	go run ./internal/bench -quick     # small sizes, under two minutes, prints only
//	go run ./internal/bench -run 'fanout|change'
//
// # How it measures
//
// Server and load client are processes of their own (this program again, with one GOMAXPROCS each), so the user and
// system time of the server is what serving costs and nothing else. They talk over loopback; the parent commands both
// over their standard input and output.
//
// Publishing is open-loop: the times of all changes are fixed before the first one, and latency counts from the time
// a change was scheduled for to the moment the client has read the last byte of its event, however late the server
// began. A server that cannot keep up looks slow here, not idle (no coordinated omission). A stream that got a newer
// change instead of an older one has seen the older one at that moment; a stream that never saw the last change is
// counted as missing.
//
// All transports send the same bytes: what a stream of the whole htmxlive stack was sent for one change to one row of
// a table of 50 is captured first, and given to the others as their prepared message.
package main
