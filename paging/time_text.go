package paging

import (
	"regexp"
	"strings"
)

// guards are true for rows in which the times have the form of Key.Layout, and end the query with a sentence at one that has
// not: a cursor would be compared with something else than what the column holds.
func (o Options) guards(d Dialect) condition {
	var all []condition
	for _, k := range o.sort.Keys {
		if k.Layout == "" || d != SQLite {
			continue
		}
		like, unlike := globs(k.Layout)
		test := k.Column + " IS NULL OR " + k.Column + " GLOB '" + like + "'"
		if unlike != "" {
			test += " AND " + k.Column + " NOT GLOB '" + unlike + "'"
		}
		// SQLite has no function that fails with a text; a path that is none is repeated in the error.
		sentence := "paging: a row has " + k.Column + " in another form than Key.Layout says, " + k.Layout
		all = append(all, raw("CASE WHEN "+test+" THEN 1 ELSE json_extract('{}', '"+strings.ReplaceAll(sentence, "'", "''")+"') END"))
	}
	return and(all...)
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
