package views_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// rowOf is a fragment of one row with the key 1, which renders as what the value, a string, says.
func rowOf() fragment.Fragment {
	return views.New(views.Rows{ID: "x", Row: rowMarkup})
}

func rowMarkup(html any) views.Component { return templ.Raw(html.(string)) }

func renderRow(t *testing.T, f fragment.Fragment, markup string) (string, error) {
	t.Helper()
	a := fragment.Assigns{"x": {Status: fragment.Ready, IsList: true, Rows: []fragment.Row{{Key: "1", Value: markup}}}}
	rendered, err := f.Render(t.Context(), a)
	if err != nil {
		return "", err
	}
	return string(f.Inline(rendered)), nil
}

// What a browser would make something else of is refused or written as the browser understands it, in whatever order it comes:
// rows that were accepted before say nothing about those.
func TestMarkupThatBrowsersTakeApart(t *testing.T) {
	const refused = ""
	for _, tt := range []struct{ name, before, markup, want string }{
		{"a stray </ul>", "", `<li id="x-1">1</ul></li>`, `<li id="x-1">1</li>`},
		{"a stray </div>", "", `<div id="x-1"><p>1</p></section></div>`, `<div id="x-1"><p>1</p></div>`},
		{"a tag that is ended from outside", "", `<li id="x-1"><p><ul></p></ul></li>`, `<li id="x-1"><p></p><ul><p></p></ul></li>`},
		{"a form around cells", "", `<tr id="x-1"><form><td><input name="a"></td></form></tr>`, refused},
		{"a form in a nested table", "", `<li id="x-1"><table><tr><form><td></td></form></tr></table></li>`, refused},
		{"a form in a form", "", `<li id="x-1"><form><form></form></form></li>`, refused},
		{"a table that ends a paragraph", "", `<li id="x-1"><p>1<table></table></li>`, `<li id="x-1"><p>1</p><table></table></li>`},
		{"a link in a link", "", `<li id="x-1"><a>1<a>2</a></a></li>`, `<li id="x-1"><a>1</a><a>2</a></li>`},
		{"a button in a button", "", `<li id="x-1"><button>1<button>2</button></button></li>`, `<li id="x-1"><button>1</button><button>2</button></li>`},
		{"markup in an option", "", `<option id="x-1">1<div>2</div></option>`, refused},
		{"a visible input in a table", `<tr id="x-1"><input type="hidden"><td>1</td></tr>`, `<tr id="x-1"><input type="text"><td>1</td></tr>`, refused},
		{"text that is written like space", `<tr id="x-1">&#32;<td>1</td></tr>`, `<tr id="x-1">1<td>1</td></tr>`, refused},
		{"a font in a drawing", `<li id="x-1"><svg><font></font></svg></li>`, `<li id="x-1"><svg><font color="red"></font></svg></li>`, `<li id="x-1"><svg></svg><font color="red"></font></li>`},
		{"an odd comment", `<li id="x-1"><!-- <b> --></li>`, `<li id="x-1"><!--><b>1--></li>`, `<li id="x-1"><!----><b>1--&gt;</b></li>`},
		{"another odd comment", `<li id="x-1"><!-- <b> --></li>`, `<li id="x-1"><!-- --!><b>1</b></li>`, `<li id="x-1"><!-- --!><b>1</b></li>`},
		{"a script in a script", `<li id="x-1"><script>1</script></li>`, `<li id="x-1"><script><!--<script></script></li>`, refused},
		{"a title of a drawing", `<li id="x-1"><svg><title>1</title></svg></li>`, `<li id="x-1"><svg><title>1<p></title></svg></li>`, `<li id="x-1"><svg><title>1<p></p></title></svg></li>`},
		{"a title", "", `<li id="x-1"><title>1</title></li>`, refused},
		{"a name with a bracket", "", `<li id="x-1"><a<b>1</a<b></li>`, refused},
		{"a name with a quote", "", `<li id="x-1"><a"b>1</a"b></li>`, refused},
		{"a message of htmx", "", `<li id="x-1"><hx-partial hx-target="#y">1</hx-partial></li>`, refused},
		{"another message of htmx", `<li id="x-1"><template>1</template></li>`, `<li id="x-1"><template hx type="partial">1</template></li>`, refused},
		{"a shadow root", `<li id="x-1"><template>1</template></li>`, `<li id="x-1"><template shadowrootmode="open">1</template></li>`, refused},
		{"plain text", "", `<li id="x-1"><plaintext></li>`, refused},
		{"a body", "", `<li id="x-1"><body class="y">1</li>`, refused},
		{"a zero byte", "", "<li id=\"x-1\">a\x00b</li>", "<li id=\"x-1\">a\uFFFDb</li>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := rowOf()
			if tt.before != "" {
				if _, err := renderRow(t, f, tt.before); err != nil {
					t.Fatalf("the row before: %v", err)
				}
			}
			got, err := renderRow(t, f, tt.markup)
			if (err != nil) != (tt.want == refused) || got != tt.want {
				t.Errorf("%s becomes %s, %v", tt.markup, got, err)
			}
		})
	}
}

// Of six short rows five change. Sending all of them is shorter, and the sixth is not touched all the same.
func TestAnUnchangedRowIsNotTouched(t *testing.T) {
	f := rowOf()
	list := func(text string) []byte {
		a := fragment.Assign{Status: fragment.Ready, IsList: true}
		for _, key := range []string{"1", "2", "3", "4", "5"} {
			a.Rows = append(a.Rows, fragment.Row{Key: key, Value: `<li id="x-` + key + `">` + text + `</li>`})
		}
		a.Rows = append(a.Rows, fragment.Row{Key: "6", Value: `<li id="x-6"></li>`})
		return render(t, f, fragment.Assigns{"x": a})
	}
	if patch := string(f.Patch(list("a"), list("b"))); strings.Contains(patch, "innerHTML") || strings.Contains(patch, "x-6") {
		t.Errorf("the patch touches a row that is what it was: %s", patch)
	}
}

// nasty is markup put together from what parsers treat specially.
func nasty(t *rapid.T) string {
	tags := []string{
		"li", "ul", "div", "p", "b", "i", "a", "button", "form", "table", "tbody", "tr", "td", "th", "caption", "select", "option",
		"svg", "g", "title", "foreignObject", "math", "mi", "font", "script", "style", "textarea", "template", "noscript", "hx-partial",
		"input", "br", "x<y", `x"y`, "body", "h1", "dd", "ruby", "rt", "pre", "iframe", "image", "object",
	}
	attrs := []string{"", "", "", ` type="hidden"`, ` type=text`, ` color=red`, ` id=y`, ` title="</li>"`, " /"}
	others := []string{"1", " ", "&#32;", "&lt;", "<!-- c -->", "<!-->", "<!-- --!>", "<![CDATA[ x ]]>", "<?x>", "<", "</", "\x00", "</li>", "</div>", "</ul>", "</table>"}
	var b strings.Builder
	for range rapid.IntRange(0, 8).Draw(t, "pieces") {
		switch tag := rapid.SampledFrom(tags).Draw(t, "tag"); rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0, 1:
			b.WriteString("<" + tag + rapid.SampledFrom(attrs).Draw(t, "attr") + ">")
		case 2, 3:
			b.WriteString("</" + tag + ">")
		default:
			b.WriteString(rapid.SampledFrom(others).Draw(t, "other"))
		}
	}
	return b.String()
}

// Whatever rows hold: those that are accepted are as many elements as there are rows, inside of what they stand in, with
// their ids, and the same elements after they were replaced.
func TestRowsAreElementsWhateverTheyHold(t *testing.T) {
	for _, around := range []struct{ open, row, end, close string }{
		{`<section><div><ul id="x">`, "li", "</li>", `</ul></div></section>`},
		{`<section><div id="x">`, "div", "</div>", `</div></section>`},
		{`<table><tbody id="x">`, "tr", "</tr>", `</tbody></table>`},
		{`<table><tbody><tr id="x">`, "td", "</td>", `</tr></tbody></table>`},
		{`<svg><g id="x">`, "g", "</g>", `</g></svg>`},
	} {
		t.Run(around.row, func(t *testing.T) {
			f := rowOf()
			rapid.Check(t, func(r *rapid.T) {
				got, err := renderRow(t, f, "<"+around.row+` id="x-1">`+nasty(r)+around.end)
				if err != nil {
					return
				}
				page := around.open + got + strings.Replace(got, `id="x-1"`, `id="x-2"`, 1) + around.close + `<footer id="end"></footer>`
				root, err := html.Parse(strings.NewReader("<!doctype html><body>" + page))
				if err != nil {
					r.Fatal(err)
				}
				checkRows(r, page, root)
			})
		})
	}
}

func checkRows(t *rapid.T, page string, root *html.Node) {
	var list, footer *html.Node
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "id" && a.Val == "x":
				list = n
			case a.Key == "id" && a.Val == "end":
				footer = n
			}
		}
	}
	if list == nil || footer == nil || footer.Parent.DataAtom != atom.Body {
		t.Fatalf("the page is not what it was: %s", page)
	}
	var rows []string
	for n := range list.ChildNodes() {
		var b bytes.Buffer
		_ = html.Render(&b, n)
		rows = append(rows, b.String())
	}
	if len(rows) != 2 || strings.Replace(rows[0], `id="x-1"`, `id="x-2"`, 1) != rows[1] {
		t.Fatalf("%s\nhas the rows %q", page, rows)
	}
}
