// Package browsertest drives real pages in real browsers, for tests of what a person would see: in Chromium, and in
// Firefox and WebKit where a test asks for them.
//
// A Browser is one Chromium for the whole test binary, and Browser.In is the same in another engine; a Person is somebody with cookies of their own; a Page is a
// window of theirs. Every page reports what its console complained about and fails the test that opened it, and
// knows which event streams it has open. Nothing sleeps: a page is asked again until it says yes, or until
// Browser.Timeout has passed and the test fails with what the page showed instead.
//
//	var browser browsertest.Browser
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(browser.Main(m)) }
//
//	func TestGreeting(t *testing.T) {
//		ada := browser.Person(t)
//		page := ada.Open(server.URL)
//		page.Click("#greet")
//		page.WaitFor("the greeting", `document.querySelector("#answer").textContent === "Hello"`)
//		page.WaitForStreams(1)
//	}
//
// A test without its browser fails with a sentence that tells how to install it; it is never skipped. A browser that
// crashes or hangs fails the test, with a sentence, within stepTime.
//
// What the engines cannot do (Engine.Can): Firefox shows no page on another screen, hides and stalls none, and answers for
// no other origin; WebKit's driver reports no events besides, so nobody reads its console nor counts its streams.
// WaitForStreams and the check of the console at the end of a test are skipped there, and the test's log counts how often;
// every other method fails the test that did not ask Can first.
package browsertest
