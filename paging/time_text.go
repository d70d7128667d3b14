package paging

import (
	"regexp"
	"strings"
	"time"
)

// written is a time as the column has it.
func (k Key) written(t time.Time) any {
	switch k.Layout {
	case LayoutUnix:
		return t.Unix()
	case LayoutUnixMilli:
		return t.UnixMilli()
	case LayoutUnixMicro:
		return t.UnixMicro()
	case LayoutUnixNano:
		return t.UnixNano()
	default:
		return t.Format(k.Layout)
	}
}

// cuts reports whether a time is more than its layout says of it.
func (k Key) cuts(t time.Time) bool {
	switch k.Layout {
	case LayoutUnix:
		return t.Nanosecond() != 0
	case LayoutUnixMilli:
		return t.Nanosecond()%1e6 != 0
	case LayoutUnixMicro:
		return t.Nanosecond()%1e3 != 0
	case LayoutUnixNano:
		return false
	}
	const wall = "2006-01-02 15:04:05.999999999"
	read, err := time.Parse(k.Layout, t.Format(k.Layout))
	return err == nil && read.Format(wall) != t.Format(wall)
}

// isNumber reports whether a layout is a number.
func isNumber(layout string) bool { return strings.HasPrefix(layout, LayoutUnix) }

// failing is an expression that fails with a sentence. SQLite has no function for that; a path that is none is repeated in
// the error.
func failing(sentence string) string {
	return "json_extract('{}', '" + strings.ReplaceAll(sentence, "'", "''") + "')"
}

// hasForm is true for rows with NULL or a time in the form of Key.Layout.
func (k Key) hasForm() string {
	if isNumber(k.Layout) {
		return "typeof(" + k.Column + ") IN ('integer', 'null')"
	}
	like, unlike := globs(k.Layout)
	test := k.Column + " IS NULL OR " + k.Column + " GLOB '" + like + "'"
	if unlike != "" {
		test += " AND " + k.Column + " NOT GLOB '" + unlike + "'"
	}
	if strings.Contains(k.Layout, "MST") { // what time.Time's String adds to a time that time.Now gave
		test += " AND " + k.Column + " NOT GLOB '* m=*'"
	}
	return test
}

var layoutParts = regexp.MustCompile(`[.,]9+|MST|Z07:?(?:00)?(?::?00)?|-07|_2|Jan(?:uary)?|Mon(?:day)?|PM|pm|[0-9]`)

// globs are two patterns: what a text in this layout looks like, and what it never looks like, a fraction of a second that
// ends in a zero where the layout leaves zeros out.
func globs(layout string) (like, unlike string) {
	quoted := strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]", "'", "''").Replace(layout)
	pattern := func(fraction string) string {
		return layoutParts.ReplaceAllStringFunc(quoted, func(part string) string {
			switch {
			case part[0] == '.' || part[0] == ',':
				return strings.ReplaceAll(fraction, ".", part[:1])
			case part == "-07":
				return "[+-][0-9][0-9]"
			case part == "_2":
				return "[ 0-9][0-9]"
			case len(part) > 1:
				return "*"
			default:
				return "[0-9]"
			}
		})
	}
	like = pattern("*")
	if trimmed := pattern(".*0"); trimmed != like {
		unlike = trimmed
	}
	return like, unlike
}
