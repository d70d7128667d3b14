package views_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxlive/htmxlive/views"
)

func TestMarkupMistakesAreErrors(t *testing.T) {
	broken := errors.New("broken")
	tests := map[string]struct {
		markup views.Markup
		is     any
		want   string
	}{
		"no tag":        {views.Fixed(templ.Raw("text")), 1, "begins with"},
		"nothing":       {views.Fixed(templ.Raw(" ")), 1, "begins with"},
		"a comment":     {views.Fixed(templ.Raw(`<!-- c --><b id="count"></b>`)), 1, "begins with"},
		"an end tag":    {views.Fixed(templ.Raw(`</b>`)), 1, "begins with"},
		"no end":        {views.Fixed(templ.Raw(`<b id="count"`)), 1, "lacks id"},
		"no id":         {views.Fixed(templ.Raw(`<b class="count">`)), 1, `lacks id="count"`},
		"another id":    {views.Fixed(templ.Raw(`<b id="other">`)), 1, `has id="other"`},
		"id in a child": {views.Fixed(templ.Raw(`<b><i id="count"></i></b>`)), 1, "lacks id"},
		"id in a value": {views.Fixed(templ.Raw(`<b title=' id="count"'>`)), 1, "lacks id"},
		"a script":      {views.Fixed(templ.Raw(`<script id="count"></script>`)), 1, "begins with <script>"},
		"a wrong type":  {views.Typed(func(string) templ.Component { return templ.Raw("") }), 1, "was given a int"},
		"a failure": {
			views.Fixed(views.ComponentFunc(func(context.Context, io.Writer) error { return broken })), 1,
			"broken",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := views.New(views.Block{ID: "count", Markup: tt.markup}).Render(t.Context(), assigns(value{is: tt.is}))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error is %v, want one with %q", err, tt.want)
			}
		})
	}
}

// What stands behind the element would stay on the page for ever, so the end of the element is looked for with care.
func TestMarkupIsOneElement(t *testing.T) {
	for markup, want := range map[string]bool{
		`<tr id="x"><td>1</td></tr>`:                                 true,
		`<tr id="x"><td>1</td></tr><tr class="more"><td>2</td></tr>`: false,
		`<tr id="x"><td>1</td></tr> text`:                            false,
		`<tr id="x"></tr><!-- c -->`:                                 false,
		`<tr id="x"><td><table><tr><td></td></tr></table></td></tr>`: true,
		`<tr id="x"><td><table><tr/></table></td></tr><tr></tr>`:     false,
		`<li id="x">no end tag`:                                      true,
		`<LI id="x"><ul><li>1</li><li>2</li></ul></li>`:              true,
		`<li id="x"><!-- </li> --></li>`:                             true,
		`<li id="x"><!-- </li>`:                                      true,
		`<li id="x" title="</li>"><a title='</li>'></a></li>`:        true,
		`<li id="x"><script>"</li>"</script></li>`:                   true,
		`<li id="x"><textarea></li></textareas></textarea></li>`:     true,
		`<li id="x"><title></li></title></li><li></li>`:              false,
		`<li id="x">1 < 2 <3</li>`:                                   true,
		`<li id="x"><list></li></list>`:                              false,
		`<input id="x">`:                                             true,
		`<input id="x"/>`:                                            true,
		`<input id="x"></input>`:                                     false,
		`<col id="x"><col>`:                                          false,
		`<rect id="x"/>`:                                             true,
		`<rect id="x"/><rect/>`:                                      false,
		`<g id="x"><g/><g></g></g>`:                                  true,
		`<p id="x"></p <`:                                            true,
		`<tr id="x"><td>1<td>2</tr>`:                                 true,
		`<dl id="x"><dt>1<dd>2</dl>`:                                 true,
		`<div id="x"/>`:                                              true,
		`<div id="x"><div class="bar"/>x</div>`:                      true,
		`<x-row id="x"/>`:                                            true,
		`<svg id="x"/>`:                                              true,
		`<p id="x">1<div>2</div></p>`:                                false,
		`<p id="x">1<b>2</b></p>`:                                    true,
		`<li id="x">1<li>2</li></li>`:                                false,
		`<li id="x">1<ul><li>2<li>3</ul></li>`:                       true,
		`<a id="x">1<a>2</a></a>`:                                    false,
		`<button id="x">1<button>2</button></button>`:                false,
		`<div id="x"><b>1</div>`:                                     true,
		`<div id="x"><b>1</b></div>`:                                 true,
		`<div id="x"><p>1</div>`:                                     true,
		`<tr id="x">1<td>2</td></tr>`:                                false, // goes before the table
		`<tr id="x"> <td>2</td> </tr>`:                               true,
		`<tr id="x"><div>1</div></tr>`:                               false,
		`<g id="x"><p>1</p></g>`:                                     false, // ends the drawing
		`<foreignObject id="x"><p>1</p></foreignObject>`:             true,
		`<textarea id="x"></div></textarea>`:                         true,
		`<select id="x"><option>1<option>2</select>`:                 true,
		`<rt id="x">1</rt>`:                                          true,
		`<div id="x" hx-swap-oob="true"></div>`:                      false,
		`<div id="x"><i data-HX-swap-oob></i></div>`:                 false,
	} {
		_, err := views.New(views.Block{ID: "x", Markup: views.Fixed(templ.Raw(markup))}).Render(t.Context(), assigns(value{}))
		if (err == nil) != want {
			t.Errorf("%s: the error is %v", markup, err)
		}
	}
}

// Tags that are left open, as in HTML that users write, do not take in what follows.
func TestTagsThatAreLeftOpenAreClosed(t *testing.T) {
	for markup, want := range map[string]string{
		`<li id="x">1`:                            `<li id="x">1</li>`,
		`<li id="x">1<ul><li>2<li>3</ul></li>`:    `<li id="x">1<ul><li>2<li>3</ul></li>`, // nothing is open
		`<div id="x"><b>1 &lt; 2</div>`:           `<div id="x"><b>1 &lt; 2</b></div>`,
		`<div id="x"><b><p>1</div>`:               `<div id="x"><b><p>1</p></b></div>`,
		`<div id="x"/>`:                           `<div id="x"></div>`,
		`<tr id="x"><td><i>1<td>2`:                `<tr id="x"><td><i>1</i></td><td>2</td></tr>`,
		`<g id="x"><path d="M0 0"><title>t</g>`:   `<g id="x"><path d="M0 0"><title>t</g>`,
		"<div id=\"x\"><b><pre>\n\n1</pre></div>": "<div id=\"x\"><b><pre>\n\n1</pre></b></div>",
	} {
		for range 2 { // the second time it is known
			got, err := views.New(views.Block{ID: "x", Markup: views.Fixed(templ.Raw(markup))}).Render(t.Context(), assigns(value{}))
			if err != nil || string(got) != want {
				t.Errorf("%s becomes %s, %v", markup, got, err)
			}
		}
	}
}
