package paging_test

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

func TestAQueryIsReadAsABrowserReadsIt(t *testing.T) {
	for raw, want := range map[string]url.Values{
		"":                     {},
		"q=x;y":                {"q": {"x;y"}},
		"q=%zz":                {"q": {"%zz"}},
		"q=%":                  {"q": {"%"}},
		"q=%4":                 {"q": {"%4"}},
		"q=a%20b+c%zz%41":      {"q": {"a b c%zzA"}},
		"a=1&&b&=3&a=%3d=":     {"a": {"1", "=="}, "b": {""}, "": {"3"}},
		"%71=x&%zz=y&a;b=c%3b": {"q": {"x"}, "%zz": {"y"}, "a;b": {"c;"}},
		"q=%ff%00":             {"q": {"\xff\x00"}},
	} {
		if got := paging.ParseQuery(raw); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %q, want %q", raw, got, want)
		}
	}
}

// TestAFilterIsNeverLost: net/url leaves these out, and the list would be shown without its filter, or from its start.
func TestAFilterIsNeverLost(t *testing.T) {
	c := tickets(paging.Keyset)
	for raw, filter := range map[string]string{"q=x;y": "x;y", "q=%zz": "%zz", "q=5%": "5%", "limit=5&q=a;b=c": "a;b=c"} {
		o, err := c.Parse(paging.ParseQuery(raw), "team:3")
		if err != nil || o.Filter("q") != filter {
			t.Errorf("%s: filter %q (%v), want %q", raw, o.Filter("q"), err, filter)
			continue
		}
		p, err := paging.Slice(o.At("/t"), rowsUpTo(30), ticketColumn, rowKeyAny)
		if err != nil {
			t.Fatal(err)
		}
		_, query, _ := strings.Cut(p.Links().Next.URL, "?")
		next, err := c.Parse(paging.ParseQuery(query), "team:3")
		if err != nil || next.Filter("q") != filter {
			t.Errorf("%s: its next page has the filter %q (%v)", raw, next.Filter("q"), err)
		}
	}
	for _, raw := range []string{"after=%zz", "limit=5;after=x", "sort=%"} {
		if o, err := c.Parse(paging.ParseQuery(raw), "team:3"); err == nil {
			t.Errorf("%s is taken for the page %s", raw, o.URL())
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, raw := range []string{"", "q=x;y", "q=%zz", "a=1&&b&=3&a=%3D=", "+=%2b", "%", "%e4%f"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := paging.ParseQuery(raw)
		if want, err := url.ParseQuery(raw); err == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is %q, net/url says %q", raw, got, want)
		}
		if again := paging.ParseQuery(got.Encode()); !maps.EqualFunc(got, again, slices.Equal[[]string]) {
			t.Fatalf("%q is %q, and %q when it was written", raw, got, again)
		}
	})
}

// leaves reports whether a browser that follows a reference from a page of a site may arrive at another site, or somewhere
// that depends on the page. It removes what the URL standard removes, and takes for a slash what it takes for one.
func leaves(reference string) bool {
	reference = strings.TrimFunc(reference, func(r rune) bool { return r <= ' ' })
	reference = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(reference)
	return !strings.HasPrefix(reference, "/") || strings.HasPrefix(reference, "//")
}

func TestLinksStayOnTheSite(t *testing.T) {
	o := mustParse(t, tickets(paging.Offset), "")
	for path, want := range map[string]string{
		"/tickets":             "/tickets",
		"/tickets/ä b":         "/tickets/%C3%A4%20b",
		"/tickets/%C3%A4%20b":  "/tickets/%C3%A4%20b",
		"/100%":                "/100%25",
		"/a?b#c":               "/a%3Fb%23c",
		"/a//b/":               "/a//b/",
		"//evil.example/x":     "/%2Fevil.example/x",
		"///evil.example/x":    "/%2F/evil.example/x",
		`/\evil.example`:       "/%5Cevil.example",
		`\\evil.example`:       "/%5C%5Cevil.example",
		`\/evil.example`:       "/%5C/evil.example",
		"/\t/evil.example":     "/%09/evil.example",
		"/\r\n/evil.example":   "/%0D%0A/evil.example",
		" //evil.example":      "/%20//evil.example",
		"\x00//evil.example":   "/%00//evil.example",
		"https://evil.example": "/https://evil.example",
		"javascript:alert(1)":  "/javascript:alert(1)",
		"tickets":              "/tickets",
		"*":                    "/*",
		"/'\"<b>":              "/'%22%3Cb%3E",
	} {
		if got := o.At(path).URL(); got != want || leaves(got) {
			t.Errorf("at %q the page is %q, want %q", path, got, want)
		}
	}
	if got := o.At("").URL(); got != "?" {
		t.Errorf("without a path the page is %q", got)
	}
	p, err := paging.Slice(mustParse(t, tickets(paging.Either), "offset=10&count=true").At("//evil.example/x"), rowsUpTo(50), ticketColumn, rowKeyAny)
	if err != nil {
		t.Fatal(err)
	}
	l := p.Links()
	for _, link := range append([]*paging.Link{l.First, l.Prev, l.Next, l.Last}, pointers(l.Numbers)...) {
		if leaves(link.URL) {
			t.Errorf("a link leads to %q", link.URL)
		}
	}
}

func FuzzAt(f *testing.F) {
	for _, path := range []string{"/tickets", "//evil.example/x", `/\evil`, `\\evil`, "/\t/evil", "", "/%2f/%zz", "/ä b?c#d"} {
		f.Add(path)
	}
	o, err := tickets(paging.Offset).Parse(nil, "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := o.At(path).URL()
		if path != "" && leaves(got) {
			t.Fatalf("at %q the page is %q", path, got)
		}
		if again := o.At(got).URL(); path != "" && again != got {
			t.Fatalf("at %q the page is %q, and %q when it was written", path, got, again)
		}
		// What the path of a request is stays what it is.
		if u, err := url.ParseRequestURI(path); err == nil && u.Host == "" && strings.HasPrefix(path, "/") {
			link, err := url.Parse(o.At(u.EscapedPath()).URL())
			if err != nil || link.Path != u.Path || link.Host != "" {
				t.Fatalf("the page at %q is %q", u.Path, link)
			}
		}
	})
}

// rowsUpTo are n rows that differ in nothing but the id.
func rowsUpTo(n int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i].ID = int64(i)
	}
	return rows
}
