// Package browsertest drives real pages in real Chromium, for tests of what a person would see.
//
// A Browser is one Chromium for the whole test binary; a Person is somebody with cookies of their own; a Page is a
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
// A test without Chromium fails with a sentence that tells how to install it; it is never skipped.
package browsertest
