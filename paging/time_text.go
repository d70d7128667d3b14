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

// isNumber reports whether a layout is a number.
func isNumber(layout string) bool { return strings.HasPrefix(layout, LayoutUnix) }

// guards are true for rows in which the times have the form of Key.Layout, and end the query with a sentence at one that has
// not: a cursor would be compared with something else than what the column holds.
func (o Options) guards(d Dialect) condition {
	var all []condition
	for _, k := range o.sort.Keys {
		if k.Layout == "" || d != SQLite {
			continue
		}
		all = append(all, raw("CASE WHEN "+k.hasForm()+" THEN 1 ELSE "+
			failing("paging: a row has "+k.Column+" in another form than Key.Layout says, "+k.Layout)+" END"))
	}
	return and(all...)
}

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
