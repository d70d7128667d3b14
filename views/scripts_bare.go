package views

import (
	"regexp"
	"strconv"
	"strings"
)

// literals are the strings and regular expressions of the scripts.
const literals = "'[^']*'|\"[^\"]*\"|`[^`]*`|/[^ /](?:[^/\\\\]|\\\\.)*/"

var (
	// tokens are literals, and punctuation with the spaces beside it.
	tokens = regexp.MustCompile(literals + "| *[][=?:,{}()&|<>;*!]+ *")
	// words are literals, names of properties, and other words.
	words    = regexp.MustCompile(literals + `|\.{3}|\.?[\w$]+:?`)
	declared = regexp.MustCompile(`\b(?:const|let) (\w{3,})|\b(\w{3,})=>`)
	// simpleBraces may be an object whose names are those of variables.
	simpleBraces = regexp.MustCompile(`\{[\w,:.=]*\}`)
	word         = regexp.MustCompile(`\w+`)
)

// bare is source without indentation, empty lines, comments and the spaces beside punctuation, and with short names. It relies on
// how the scripts are written: comments stand on lines of their own, no string goes over several lines or holds a quote of its own
// kind, no regular expression begins with a space, and a division sign has spaces on both sides.
func bare(source string) string {
	var b strings.Builder
	for line := range strings.Lines(source) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			b.WriteString(tokens.ReplaceAllStringFunc(line, strings.TrimSpace) + "\n")
		}
	}
	needless := strings.NewReplacer("{\n", "{", ",\n", ",", "\n}", "}") // ends of lines that end no statement
	return withShortNames(needless.Replace(b.String()))
}

// withShortNames is bare source with short names of what const, let and functions of one argument declare. A word keeps its name where it stands for anything
// else, too: a property, or a part of a string in backquotes. An object that takes its names from variables holds no other braces.
func withShortNames(source string) string {
	taken := map[string]bool{}
	for _, w := range words.FindAllString(source, -1) {
		switch {
		case w[0] == '`' || w[0] == '.' || w[len(w)-1] == ':':
			keep(taken, w)
		case w[0] != '\'' && w[0] != '"' && w[0] != '/' && len(w) < 3:
			taken[w] = true
		}
	}
	for _, object := range simpleBraces.FindAllString(source, -1) {
		keep(taken, object)
	}
	short := map[string]string{}
	for _, match := range declared.FindAllStringSubmatch(source, -1) {
		if name := match[1] + match[2]; !taken[name] && short[name] == "" {
			short[name] = shortName(len(short), taken)
		}
	}
	return words.ReplaceAllStringFunc(source, func(w string) string {
		if s := short[w]; s != "" {
			return s
		}
		return w
	})
}

func keep(taken map[string]bool, text string) {
	for _, w := range word.FindAllString(text, -1) {
		taken[w] = true
	}
}

// shortName is the name of the variable with that number: a capital letter, or one with a digit.
func shortName(n int, taken map[string]bool) string {
	for {
		name := string(rune('A' + n%26))
		if n >= 26 {
			name += strconv.Itoa(n/26 - 1)
		}
		if !taken[name] {
			return name
		}
		n += 26
	}
}
