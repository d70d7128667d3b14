package htmldom_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

func document(t testing.TB, text string) htmldom.Page {
	t.Helper()
	p, err := htmldom.ParseDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSelect(t *testing.T) {
	p := document(t, `<nav id="pages" class="pager small"><a id="a" rel="next" href="/x?a=b">n</a><ul><li><a id="b" rel="prev">p</a></li></ul></nav>
		<form id="f" action="/login"><button id="c" disabled>x</button></form>`)
	for selector, want := range map[string]string{
		"a": "a b", "nav a": "a b", "nav > a": "a", "nav>a": "!", "ul > li > a": "b", "li a": "b", "#pages .none": "",
		"#a": "a", "nav#pages": "pages", ".small.pager": "pages", ".page": "", "a[rel=next]": "a", `a[rel="prev"]`: "b", "[disabled]": "c",
		"form[action=/login]": "f", "[href='/x?a=b']": "a", "a, button": "a b c", "*[rel]": "a b", "ul > nav a": "", "#b, #b": "b",
		"": "!", "a >": "!", "a:hover": "!", "a[rel^=n]": "!", "a + b": "!", "[": "!", "#": "!", ".": "!", "a[": "!",
	} {
		found, err := p.Select(selector)
		var ids []string
		for _, n := range found {
			ids = append(ids, htmldom.Attr(n, "id"))
		}
		got := strings.Join(ids, " ")
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q finds %q (%v), want %q", selector, got, err, want)
		}
	}
}

func FuzzSelect(f *testing.F) {
	for _, selector := range []string{"nav a", "a[rel=next]", "#x.y > z", "[", "a, b", ""} {
		f.Add(selector)
	}
	p := document(f, `<nav><a id="x" rel="next">n</a></nav>`)
	f.Fuzz(func(t *testing.T, selector string) {
		if found, err := p.Select(selector); err != nil && found != nil {
			t.Errorf("%q: an error and %d elements", selector, len(found))
		}
	})
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"<p> a\n b </p>": "a b",
		"<table><tr><td>a</td><td>b</td></tr></table>": "a b", "<p>Open <b>o</b>nes</p>": "Open ones", "a<br>b": "a b",
		"<div>a</div><div>b</div>": "a b", "x<script>y</script><style>z</style><template>u</template>": "x", "a&nbsp;&amp;": "a &",
		"<svg><text>a</text><text>b</text></svg>": "ab",
	} {
		if got := htmldom.Text(document(t, text).Body()); got != want {
			t.Errorf("the text of %q is %q, want %q", text, got, want)
		}
	}
}

func TestTitle(t *testing.T) {
	for text, want := range map[string]string{
		"<title>A\n B</title><svg><title>C</title></svg>": "A B", "<svg><title>C</title></svg>": "", "": "",
	} {
		if got := document(t, text).Title(); got != want {
			t.Errorf("the title of %q is %q, want %q", text, got, want)
		}
	}
}

func TestConnects(t *testing.T) {
	for element, want := range map[string]string{
		`<div hx-ext="sse" sse-connect="/a?b&amp;c" sse-swap="message"></div>`: "[/a?b&c 0]",
		`<div hx-sse="connect:/a swap:message"></div>`:                         "[/a 1]",
		`<div hx-sse:connect="/a" hx-trigger="load"></div>`:                    "[/a 2]",
		`<div hx-sse="swap:message"></div>`:                                    "[]",
	} {
		var got []any
		for _, c := range document(t, element).Connects() {
			got = append(got, c.URL, c.Client)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s connects %v, want %s", element, got, want)
		}
	}
}

const form = `<form id="f"><input name="title" value="Old"><input name="one" type="checkbox" checked><input name="two" type="checkbox" value="2">
	<input name="way" type="radio" value="a"><input name="way" type="radio" value="b" checked><input type="hidden" name="was" value="Old">
	<select name="kind"><option>bug</option><option value="w">wish</option></select><select name="tags" multiple><option>x<option selected>y</select>
	<textarea name="text">a
b</textarea><fieldset disabled><input name="off" value="1"></fieldset><input name="never" disabled>
	<button name="do" value="save">Save</button><button name="do" value="drop">Drop</button><button type="button" name="no" value="1"></button></form>
	<input name="far" form="f" value="away"><input name="else" value="no">`

func TestForm(t *testing.T) {
	const untouched = "do=save&far=away&kind=bug&one=on&tags=y&text=a%0D%0Ab&title=Old&was=Old&way=b"
	for fields, want := range map[string]string{
		"":                           untouched,
		"title=New":                  strings.Replace(untouched, "title=Old", "title=New", 1),
		"do=drop":                    strings.Replace(untouched, "save", "drop", 1),
		"two=2&way=a":                strings.NewReplacer("way=b", "way=a", "was=", "two=2&was=").Replace(untouched),
		"kind=w&tags=x&tags=y&text=": "do=save&far=away&kind=w&one=on&tags=x&tags=y&text=&title=Old&was=Old&way=b",
		"kind=lost":                  `!the field "kind" cannot be "lost", only one of ["bug" "w"]`,
		"way=c":                      `!the field "way" cannot be "c", only one of ["a" "b"]`,
		"two=3":                      `!the field "two" cannot be "3", only one of ["2"]`,
		"do=lost":                    `!the field "do" cannot be "lost", only one of []`,
		"off=1":                      `!the form has no field "off"`,
		"else=1":                     `!the form has no field "else"`,
	} {
		p := document(t, form)
		f := p.Form(p.ByID("f")[0])
		values, err := url.ParseQuery(fields)
		if err != nil {
			t.Fatal(err)
		}
		sent, err := f.Fill(values)
		got := sent.Encode()
		if err != nil {
			got = "!" + err.Error()
		}
		wanted, _ := url.ParseQuery(want)
		if got != wanted.Encode() && (err == nil || !strings.HasPrefix(got, want)) {
			t.Errorf("filled in with %q the form sends\n%s, want\n%s", fields, got, want)
		}
	}
}

func TestLinesAndDiff(t *testing.T) {
	lines := func(text string) []string { return htmldom.Lines(document(t, text).Body()) }
	same := lines(`<p id="a" class="b">x  y</p><script>1</script><!-- c -->
		<div id="live" sse-connect="/?live=1"></div>`)
	if diff := htmldom.Diff(same, lines("\n<p class='b' id=a hx-swap-oob='true' nonce='n'>\nx y</p>")); diff != "" {
		t.Errorf("what is equal differs:\n%s", diff)
	}
	long := "<ul>" + strings.Repeat("<li>same</li>", 20)
	got := htmldom.Diff(lines(long+"<li>old</li><li>end</li>"), lines(long+"<li>new</li><li>end</li><li>more</li>"))
	want := `  …
        same
      <li>
-       old
+       new
      <li>
        end
+     <li>
+       more
`
	if got != want {
		t.Errorf("the difference is\n%s\nwant\n%s", got, want)
	}
}

// Both ways of looking for targets, and each style.
func TestApply(t *testing.T) {
	for message, want := range map[string]string{
		`<p id="b" hx-swap-oob="true">B</p>`:                         `<p id="a">a</p><p id="b">B</p>`,
		`<p id="b" hx-swap-oob="outerMorph">B</p>`:                   `<p id="a">a</p><p id="b">B</p>`,
		`<div hx-swap-oob="innerHTML:#a">A<i></i></div>`:             `<p id="a">A<i></i></p><p id="b">b</p>`,
		`<div hx-swap-oob="beforebegin:#b"><i></i></div>`:            `<p id="a">a</p><i></i><p id="b">b</p>`,
		`<div hx-swap-oob="afterbegin:#b"><i></i></div>`:             `<p id="a">a</p><p id="b"><i></i>b</p>`,
		`<div hx-swap-oob="beforeend:#b"><i></i></div>`:              `<p id="a">a</p><p id="b">b<i></i></p>`,
		`<div hx-swap-oob="afterend:#a"><i></i></div>`:               `<p id="a">a</p><i></i><p id="b">b</p>`,
		`<div hx-swap-oob="beforeend:body"><i></i></div>`:            `<p id="a">a</p><p id="b">b</p><i></i>`,
		`<div hx-swap-oob="delete:#a,#b"></div>`:                     ``,
		`<div hx-swap-oob="delete:#c"></div>`:                        `!delete of [c] found 0 elements`,
		`<div hx-swap-oob="textContent:#a"></div>`:                   `!swap style "textContent"`,
		`<p id="b" hx-swap-oob="true">B</p>loose`:                    `!text "loose" in a message is not out of band`,
		`<table><tbody hx-swap-oob="innerHTML:#a"><tr></tr></tbody>`: `<p id="a"><tr></tr></p><p id="b">b</p>`,
	} {
		for _, when := range []htmldom.Lookup{htmldom.InTurn, htmldom.Before} {
			p := document(t, `<p id="a">a</p><p id="b">b</p>`)
			_, err := p.Apply(message, when)
			got := p.HTML()
			if err != nil {
				got = "!" + strings.TrimPrefix(err.Error(), "htmldom: ")
			}
			if got != want && (err == nil || !strings.HasPrefix(got, want)) {
				t.Errorf("%s makes %s, want %s", message, got, want)
			}
		}
	}
}

func TestDocumentsKeepTheirBody(t *testing.T) {
	p := document(t, `<!doctype html><html><head><title>x</title></head><body hx-boost="true"><p id="a"></p></body></html>`)
	if got := htmldom.Attr(p.Body(), "hx-boost"); got != "true" || p.HTML() != `<p id="a"></p>` || p.Body().Type != html.ElementNode {
		t.Errorf("the body is %s", htmldom.Outer(p.Body()))
	}
}
