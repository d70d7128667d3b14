// Package livetest is for tests of live pages, without HTTP and without a browser.
//
// [Open] loads a page as a browser would, through your handler's calls of live.Keep, connects its
// stream, and keeps a [Page] of what a browser would show. [Text] and [Fragment] make fragments whose
// looks are easy to compare. In a testing/synctest bubble synctest.Wait settles everything, so a test
// reads: publish, Wait, look at [Page.Text]. Outside of one, [Page.Await] waits for a text to appear.
//
// [Bus] joins keepers of one process as nodes, and loses frames when a test says so. [Broker] is what a driver of an engine
// has to pass.
package livetest
