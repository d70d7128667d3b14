package htmldom

import (
	"fmt"
	"html"
	"slices"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Lines is what a node shows, a tag or a text a line, so that two pages can be compared: attributes in order of their
// names, without white space that a reader does not see, and without what differs from load to load: connect elements,
// scripts, styles, nonces, and what htmx 1.9 leaves on an element that was swapped.
func Lines(n *nethtml.Node) []string { return appendLines(nil, n, "") }

func appendLines(lines []string, n *nethtml.Node, indent string) []string {
	switch n.Type { //nolint:exhaustive // the others hold nothing but children
	case nethtml.TextNode:
		if text := strings.Join(strings.Fields(n.Data), " "); text != "" {
			lines = append(lines, indent+text)
		}
		return lines
	case nethtml.ElementNode:
		if _, connects := connectOf(n); connects || n.DataAtom == atom.Script || n.DataAtom == atom.Style {
			return lines
		}
		lines = append(lines, indent+openTag(n))
		indent += "  "
	case nethtml.CommentNode, nethtml.DoctypeNode:
		return lines
	}
	for child := range n.ChildNodes() {
		lines = appendLines(lines, child, indent)
	}
	return lines
}

func openTag(n *nethtml.Node) string {
	attrs := slices.Clone(n.Attr)
	slices.SortFunc(attrs, func(a, b nethtml.Attribute) int { return strings.Compare(a.Key, b.Key) })
	var b strings.Builder
	b.WriteString("<" + n.Data)
	for _, a := range attrs {
		if a.Key != "nonce" && a.Key != "hx-swap-oob" {
			fmt.Fprintf(&b, ` %s="%s"`, a.Key, html.EscapeString(a.Val))
		}
	}
	b.WriteString(">")
	return b.String()
}

// Diff is the lines by which two texts differ, with the sign of what only one of them has ("-" the first, "+" the
// second), and two lines around each for orientation. It is empty if they are equal.
func Diff(a, b []string) string {
	if slices.Equal(a, b) {
		return ""
	}
	common := commonLengths(a, b)
	var out []string
	var near []bool
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out, near = append(out, "  "+a[i]), append(near, false)
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out, near = append(out, "- "+a[i]), append(near, true)
			i++
		default:
			out, near = append(out, "+ "+b[j]), append(near, true)
			j++
		}
	}
	return context(out, near)
}

// context leaves out the lines that are not near to a difference.
func context(out []string, near []bool) string {
	const around = 2
	var b strings.Builder
	skipped := false
	for i := range out {
		if slices.Contains(near[max(0, i-around):min(len(near), i+around+1)], true) {
			if skipped {
				b.WriteString("  …\n")
			}
			b.WriteString(out[i] + "\n")
			skipped = false
		} else {
			skipped = true
		}
	}
	return b.String()
}

// commonLengths is, for each pair of ends of the texts, how many lines they have in common in order.
func commonLengths(a, b []string) [][]int32 {
	common := make([][]int32, len(a)+1)
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i, one := range slices.Backward(a) {
		for j, other := range slices.Backward(b) {
			if one == other {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	return common
}
