package views_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// FuzzFirstTag checks the reading of first tags against the tokenizer of x/net/html: what is taken for the element with
// the id is that element to a browser too, and swapping it out of band changes nothing else of it.
func FuzzFirstTag(f *testing.F) {
	for _, seed := range []string{
		`<b id="x">`, `<b id=x>`, `<b id='x'/>`, `<B ID = x >`, `<b a=">" id="x">`, `<b a='"' id="x"><i>`, `<b id="x" id="y">`,
		`<b id="y" id="x">`, `<b id>`, `<b/id="x">`, `<b a=b/id=x>`, `<b =id="x">`, `<b id="x"`, `<b id="x`, `<!b id="x">`, `<b<i id="x">`,
		`<b id="&#120;">`, "<b\nid=\"x\"\r\n>", `<b a= >`, `<b "id="x">`, `<1 id="x">`, "<b \x00id=x>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, markup string) {
		block := views.New(views.Block{ID: "x", Markup: views.Fixed(templ.Raw(markup + "</b>"))})
		rendered, err := block.Render(t.Context(), assigns(value{}))
		if err != nil {
			return
		}
		want := firstTag(t, string(rendered))
		if id := want.Attr[indexOf(want, "id")].Val; id != "x" {
			t.Fatalf("%q was taken for #x, and a browser takes it for %q", markup, id)
		}
		patch := string(block.Patch(nil, rendered))
		patch = strings.TrimPrefix(strings.TrimPrefix(patch, "<table>"), "<svg>")
		got := firstTag(t, patch)
		if got.Data != want.Data || len(got.Attr) != len(want.Attr)+1 || got.Attr[0].Key != "hx-swap-oob" || got.Attr[0].Val != "true" {
			t.Fatalf("%q is swapped as %q", markup, patch)
		}
		for i, a := range want.Attr {
			if got.Attr[i+1] != a {
				t.Fatalf("%q is swapped as %q", markup, patch)
			}
		}
	})
}

func firstTag(t *testing.T, markup string) html.Token {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(markup))
	if kind := z.Next(); kind != html.StartTagToken && kind != html.SelfClosingTagToken {
		t.Fatalf("%q does not begin with a tag", markup)
	}
	return z.Token()
}

func indexOf(token html.Token, name string) int {
	for i, a := range token.Attr {
		if a.Key == name {
			return i
		}
	}
	return -1
}

// FuzzRendered makes sure that bytes that no fragment rendered do no harm: as the old version they lead to the whole
// fragment or to a patch, and as the new one to nothing.
func FuzzRendered(f *testing.F) {
	fragments := map[bool]fragment.Fragment{true: ticketRowsOf(f), false: marker()}
	now := map[bool][]byte{
		true:  render(f, fragments[true], assigns(list{rows: []ticket{{Key: "1", Title: "one"}, {Key: "2", Title: "two"}}})),
		false: render(f, fragments[false], assigns(value{is: 7})),
	}
	for which, rendered := range now {
		f.Add(which, rendered)
		f.Add(which, fragments[which].(fragment.Compacter).Compact(rendered))
		f.Add(which, rendered[:len(rendered)/2])
		f.Add(which, append(bytes.Clone(rendered), '!'))
	}
	f.Add(true, []byte{1, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, 1})
	f.Fuzz(func(t *testing.T, which bool, bytes []byte) {
		f := fragments[which]
		f.Inline(bytes)
		f.Patch(nil, bytes)
		f.Patch(bytes, bytes)
		f.(fragment.Compacter).Compact(bytes)
		if patch := f.Patch(bytes, now[which]); len(patch) == 0 && len(f.Patch(now[which], bytes)) > 0 {
			t.Fatalf("%q looks like what is shown in one direction only", bytes)
		}
	})
}

// A damaged old version is not known to anybody: everything is sent.
func TestDamagedOldVersionsGetEverything(t *testing.T) {
	f := ticketRowsOf(t)
	old := render(t, f, assigns(list{rows: []ticket{{Key: "1", Title: "one"}, {Key: "2", Title: "two"}}}))
	now := render(t, f, assigns(list{rows: []ticket{{Key: "1", Title: "uno"}, {Key: "2", Title: "two"}}}))
	whole := f.Patch(nil, now)
	for name, damaged := range map[string][]byte{
		"empty": {}, "cut": old[:len(old)-1], "cut in the index": old[:9], "longer": append(bytes.Clone(old), 0),
		"of another kind": append([]byte{9}, old[1:]...), "of another fragment": []byte(`<b id="x"></b>`),
		"with a huge count": append([]byte{1, 2, 0xff, 0xff, 0xff, 0xff, 0x0f}, old[3:]...),
	} {
		if got := f.Patch(damaged, now); !bytes.Equal(got, whole) {
			t.Errorf("from one that is %s the patch is %s, want %s", name, got, whole)
		}
	}
}
