package nodemodules_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/nodemodules"
)

func TestCDNServesInstalledVersionsOnly(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"secret":               "outside of the package",
		"alias/package.json":   `{"name":"htmx.org","version":"2.0.11"}`,
		"alias/dist/h.min.js":  "h()",
		"broken/package.json":  "{",
		"scoped/package.json":  `{"name":"other","version":"2.0.11"}`,
		"scoped/dist/h.min.js": "other()",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]int{
		"/npm/htmx.org@2.0.11/dist/h.min.js": http.StatusOK,
		"/npm/htmx.org@2.0.10/dist/h.min.js": http.StatusNotFound,
		"/npm/htmx.org@2.0.11/dist/x.js":     http.StatusNotFound,
		"/npm/htmx.org@2.0.11/../secret":     http.StatusNotFound,
		"/npm/htmx.org/dist/h.min.js":        http.StatusNotFound,
		"/npm/alias@2.0.11/dist/h.min.js":    http.StatusNotFound,
		"/npm/htmx.org@2.0.11":               http.StatusNotFound,
		"/htmx.org@2.0.11/dist/h.min.js":     http.StatusNotFound,
	} {
		w := httptest.NewRecorder()
		nodemodules.CDN(dir).ServeHTTP(w, httptest.NewRequest("GET", path, http.NoBody))
		if w.Code != want || (want == http.StatusOK) != (w.Body.String() == "h()") {
			t.Errorf("%s is %d %s, want %d", path, w.Code, strings.TrimSpace(w.Body.String()), want)
		}
	}
}
