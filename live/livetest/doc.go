// Package livetest is for tests of live pages, without a network and without a browser.
//
// [Open] opens a page of your application, whatever router it is made with, as a browser with htmx does: it loads the
// page, finds its connect element, follows its stream and applies what comes. The page can be read, clicked, filled in,
// cut off and brought back, in each of the four set-ups of htmx that htmxlive serves:
//
//	func TestTicketsAreLive(t *testing.T) {
//		app := newApp(t)                    // your http.Handler: *echo.Echo, *http.ServeMux, …
//		page := livetest.Open(t, app, "/tickets")
//		page.Click("Open ones")             // a page change: the answer, the new URL, the new stream
//		page.Submit("add", "title", "Lamp") // a form, by its id or a selector
//		app.rename(t, 1, "Plotter")         // commits and publishes
//		page.AwaitRows("tickets", "1 Plotter", "3 Lamp")
//		page.EqualFresh()                   // what loading the page again would show
//	}
//
// What it promises:
//
//   - It is strict. Reading an element that is not on the page, clicking what is not there, filling in a field that the
//     form lacks, an answer that is no 2xx and was not announced by [Page.Expect], and a message that cannot be applied all
//     fail the test, with what there is instead.
//   - It is a browser's view: requests pass through a real net/http server and all of your middleware, cookies are kept
//     ([Browser] has several pages of one session; two browsers are two people), redirects are followed, write deadlines
//     hold, and the context of a stream's request ends when the page is left.
//   - It is the same in a testing/synctest bubble, where time is virtual: hours pass at once, and [Page.Quiet] knows that
//     nothing was sent. Open the page and make the application in the bubble.
//   - Nothing stays behind: when the test ends every page is left, and a handler that does not return then fails it.
//
// No script runs, so what scripts do is not seen: hx-on, hx-trigger, hx-vals, confirmations. htmx' own attributes on links
// and forms are understood (hx-get and its like, hx-target, hx-select, hx-select-oob, hx-swap, hx-push-url, hx-boost), and
// its headers of answers.
//
// [OpenSocket] is for tests below HTTP: it opens a page through calls of live.Keep alone. [Text] and [Fragment] make
// fragments that are easy to compare, for it alone.
//
// [Bus] joins keepers of one process as nodes, and loses frames when a test says so. [Broker] is what a driver of an engine
// has to pass.
package livetest
