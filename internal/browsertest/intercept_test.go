package browsertest_test

import (
	"fmt"
	"net/http"
	"testing"
)

// What lies under the intercepted origin comes from the handler, everything else from where it is; a script from another
// origin is held against its hash as ever.
func TestIntercept(t *testing.T) {
	t.Parallel()
	s := serve(t, `<output id="here"></output>
		<script src="https://cdn.example/right.js" crossorigin="anonymous" integrity="sha256-w/kp3REF1O4RL47fTlwS0x4ltQETXQ/FDqs+pBNt/y0="></script>
		<script src="https://cdn.example/wrong.js" crossorigin="anonymous" integrity="sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="></script>`)
	person := browser.Person(t)
	person.Intercept("https://cdn.example", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		fmt.Fprintf(w, `document.getElementById("here").textContent += %q`, r.URL.Path)
	}))
	page := person.Open(s.URL)
	page.AllowConsole("integrity")
	page.WaitForText("#here", "/right.js")
}
