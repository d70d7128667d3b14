package htmldom

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Form is a form of a page, as a person fills it in.
type Form struct {
	Element   *html.Node
	Submitter *html.Node // the button that submits it; nil: none

	controls []*html.Node
}

// Form is the form of an element. A person who submits it by Enter presses its first button.
func (p Page) Form(element *html.Node) Form {
	f := Form{Element: element}
	id := Attr(element, "id")
	for n := range p.body.Descendants() {
		owner, ok := LookupAttr(n, "form")
		if isControl(n) && (ok && owner == id && id != "" || !ok && within(n, element)) && !disabled(n) {
			f.controls = append(f.controls, n)
			if f.Submitter == nil && isSubmit(n) {
				f.Submitter = n
			}
		}
	}
	return f
}

func within(n, ancestor *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == ancestor {
			return true
		}
	}
	return false
}

func isControl(n *html.Node) bool {
	return n.DataAtom == atom.Input || n.DataAtom == atom.Select || n.DataAtom == atom.Textarea || n.DataAtom == atom.Button
}

func disabled(n *html.Node) bool {
	_, off := LookupAttr(n, "disabled")
	for up := n.Parent; up != nil && !off; up = up.Parent {
		if up.DataAtom == atom.Fieldset {
			_, off = LookupAttr(up, "disabled")
		}
	}
	return off
}

func isSubmit(n *html.Node) bool {
	kind := strings.ToLower(Attr(n, "type"))
	return n.DataAtom == atom.Button && (kind == "" || kind == "submit") || n.DataAtom == atom.Input && (kind == "submit" || kind == "image")
}

// IsSubmit reports whether a click on the element submits its form.
func IsSubmit(n *html.Node) bool { return isSubmit(n) }

// Fill is what the form sends when the fields are filled in with values. A field that the form lacks, or that cannot
// have such a value, is an error. A value of a button presses that button.
func (f *Form) Fill(values url.Values) (url.Values, error) {
	for name, wanted := range values {
		if err := f.press(name, wanted); err != nil {
			return nil, err
		}
	}
	sent := url.Values{}
	for _, n := range f.controls {
		name := Attr(n, "name")
		if name == "" || isButton(n) && n != f.Submitter {
			continue
		}
		wanted, given := values[name]
		choices := optionsOf(n)
		switch {
		case !given || isButton(n):
			if own, ok := contents(n); ok {
				sent[name] = append(sent[name], own...)
			}
		case choices != nil:
			sent[name] = append(sent[name], slices.DeleteFunc(slices.Clone(wanted), func(v string) bool { return !slices.Contains(choices, v) })...)
		case len(sent[name]) == 0: // the values of several fields of one name are all sent by the first
			sent[name] = slices.Clone(wanted)
		}
	}
	return sent, nil
}

// press finds the fields of a name, checks that they can have the values, and presses the button that has.
func (f *Form) press(name string, wanted []string) error {
	var choices, names []string
	free := false
	for _, n := range f.controls {
		names = append(names, Attr(n, "name"))
		if Attr(n, "name") != name {
			continue
		}
		if isSubmit(n) && slices.Contains(wanted, Attr(n, "value")) {
			f.Submitter = n
			return nil
		}
		own := optionsOf(n)
		free = free || own == nil && !isButton(n)
		choices = append(choices, own...)
	}
	if !slices.Contains(names, name) {
		names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
		return fmt.Errorf("the form has no field %q, only %q", name, slices.Compact(names))
	}
	for _, value := range wanted {
		if !free && !slices.Contains(choices, value) {
			return fmt.Errorf("the field %q cannot be %q, only one of %q", name, value, choices)
		}
	}
	return nil
}

func isButton(n *html.Node) bool {
	switch strings.ToLower(Attr(n, "type")) {
	case "submit", "image", "reset", "button":
		return true
	}
	return n.DataAtom == atom.Button
}

// optionsOf is what can be chosen; nil: anything can be written.
func optionsOf(n *html.Node) []string {
	switch {
	case n.DataAtom == atom.Select:
		all := []string{}
		for _, o := range options(n) {
			all = append(all, valueOf(o))
		}
		return all
	case isCheck(n):
		return []string{checkValue(n)}
	}
	return nil
}

func isCheck(n *html.Node) bool {
	kind := strings.ToLower(Attr(n, "type"))
	return n.DataAtom == atom.Input && (kind == "checkbox" || kind == "radio")
}

func checkValue(n *html.Node) string {
	if value, ok := LookupAttr(n, "value"); ok {
		return value
	}
	return "on"
}

func options(n *html.Node) (all []*html.Node) {
	for o := range n.Descendants() {
		if o.DataAtom == atom.Option {
			all = append(all, o)
		}
	}
	return all
}

func valueOf(option *html.Node) string {
	if value, ok := LookupAttr(option, "value"); ok {
		return value
	}
	return Text(option)
}

// contents is what a field sends as it stands on the page; ok is false if that is nothing.
func contents(n *html.Node) (values []string, ok bool) {
	switch {
	case n.DataAtom == atom.Select:
		return chosen(n)
	case n.DataAtom == atom.Textarea:
		var b strings.Builder
		for child := range n.ChildNodes() {
			b.WriteString(child.Data)
		}
		return []string{strings.ReplaceAll(b.String(), "\n", "\r\n")}, true
	case isCheck(n):
		_, checked := LookupAttr(n, "checked")
		return []string{checkValue(n)}, checked
	case strings.EqualFold(Attr(n, "type"), "file"):
		return nil, false
	}
	return []string{Attr(n, "value")}, true
}

func chosen(n *html.Node) (values []string, ok bool) {
	all := options(n)
	for _, o := range all {
		if _, selected := LookupAttr(o, "selected"); selected {
			values = append(values, valueOf(o))
		}
	}
	_, multiple := LookupAttr(n, "multiple")
	if len(values) == 0 && len(all) > 0 && !multiple {
		values = []string{valueOf(all[0])}
	}
	return values, len(values) > 0
}
