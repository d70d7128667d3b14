package adapter_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/middleware/adapter"
	"github.com/htmxlive/htmxlive/paging"
)

// FuzzReference: whatever the path is, a browser takes the reference for a path of the page's origin. It drops tabs and
// line ends, and reads a backslash as a slash.
func FuzzReference(f *testing.F) {
	for _, path := range []string{"", "/", "/x", "//evil.example/x", "/\\evil.example", "/\t/evil.example", "\\\\evil", "///x", "/.//x", "evil:x", "/%2F/x"} {
		f.Add(path, "a=b")
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(strings.TrimLeft(adapter.Reference(path, url.QueryEscape(query)), " "))
		if !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") {
			t.Errorf("%q becomes %q", path, seen)
		}
	})
}

// FuzzCutParam: nothing but the parameter goes, and all of it.
func FuzzCutParam(f *testing.F) {
	for _, query := range []string{"", "live", "live=t", "a=1&live=t&b=2", "%6cive=t&a", "a;live=t", "&&live=&&", "live=%zz&=x"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		rest, value, found := adapter.CutParam(query, "live")
		before, after := paging.ParseQuery(query), paging.ParseQuery(rest)
		if after.Has("live") {
			t.Errorf("%q leaves %q", query, rest)
		}
		if _, again, more := adapter.CutParam(rest, "live"); more || again != "" {
			t.Errorf("%q leaves %q", query, rest)
		}
		if !found && (rest != query || value != "") {
			t.Errorf("%q has none and becomes %q, %q", query, rest, value)
		}
		for name, values := range before {
			if name != "live" && !slices.Equal(after[name], values) {
				t.Errorf("%q becomes %q: %s was %q", query, rest, name, values)
			}
		}
	})
}
