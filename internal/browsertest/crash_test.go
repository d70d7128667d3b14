package browsertest_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/browsertest"
)

// A browser that dies or hangs fails the test that uses it, with a sentence, and at once or when a step's time is up.
func TestABrowserThatEndsOrHangsFailsTheTest(t *testing.T) {
	s := serve(t, "")
	for _, engine := range []browsertest.Engine{browsertest.Firefox, browsertest.WebKit} {
		for name, signal := range map[string]syscall.Signal{"ends": syscall.SIGKILL, "hangs": syscall.SIGSTOP} {
			t.Run(string(engine)+" "+name, func(t *testing.T) {
				own := browsertest.Browser{Engine: engine, Timeout: time.Second}
				t.Cleanup(own.Close)
				said := strings.Join(watched(t, func(t testing.TB) {
					person := own.Person(t)
					page := person.Open(s.URL)
					browsertest.Hasten(page)
					browsertest.Signal(person, signal)
					t.Cleanup(func() { browsertest.Signal(person, syscall.SIGCONT) }) // so that leaving waits for nothing
					browsertest.Eval[int](page, `6 * 7`)
				}), "\n")
				if !strings.Contains(said, string(engine)+": 6 * 7: ") {
					t.Errorf("the test failed with %q", said)
				}
			})
		}
	}
}
