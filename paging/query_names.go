package paging

import (
	"database/sql"
	"regexp"
	"strconv"
	"strings"
)

// sqliteToken is what is looked at as a whole when placeholders of SQLite are sought: text, quoted names, comments and words
// hold none. A placeholder is in the first group.
var sqliteToken = regexp.MustCompile("'[^']*'|\"[^\"]*\"|`[^`]*`|\\[[^\\]]*\\]|--[^\\n]*|/\\*(?s:.*?)\\*/|" +
	`[\pL_][\pL\pN_$]*|(\?[0-9]*|[:@$][\pL\pN_]+)`)

// placeholders are the kinds of SQLite's placeholders in a query, and how many of each there are.
type placeholders struct {
	counted  int // ?, the argument after the highest so far
	numbered int // ?1
	dollars  int // $1, which drivers take for a number, and SQLite for a name
	named    int // :name, @name, $name
	highest  int // number
}

func (q Query) placeholders() placeholders {
	var p placeholders
	for _, token := range sqliteToken.FindAllStringSubmatch(q.Select+" "+q.From+" "+q.Where, -1) {
		if token[1] == "" {
			continue
		}
		sign, name := token[1][0], token[1][1:]
		n, err := strconv.Atoi(name)
		switch {
		case name == "":
			p.counted++
		case sign == '?':
			p.numbered++
		case sign == '$' && err == nil:
			p.dollars++
		default:
			p.named, n = p.named+1, 0
		}
		p.highest = max(p.highest, n)
	}
	return p
}

// name reports whether placeholders say which argument they are, as those do that sqlc writes for SQLite. Then the
// arguments are given once, however often Where is repeated, and paging's own placeholders get the numbers after them.
func (p placeholders) name() bool { return p.numbered+p.dollars+p.named > 0 }

// refusal is the name of a mistake in a query with the given placeholders, or "". See Options.refusal. A mistake that the
// database sees by itself is none.
func (q Query) refusal(d Dialect, given placeholders) string {
	switch {
	case d == InMemory: // has a refusal of its own
		return ""
	case strings.TrimSpace(q.Select) == "": // PostgreSQL would give rows without columns
		return "Query_Select_is_empty_and_no_field_of_the_row_has_a_tag"
	case d != SQLite:
		return ""
	}
	return given.refusal(q.Args)
}

// refusal is the name of a mistake in the placeholders of a query for SQLite, which would take one argument for another: in
// each range of a page a ? is another number, and the arguments of paging come after those of the query.
func (p placeholders) refusal(args []any) string {
	named := 0
	for _, arg := range args {
		if _, ok := arg.(sql.NamedArg); ok {
			named++
		}
	}
	switch kinds := min(p.counted, 1) + min(p.numbered, 1) + min(p.dollars, 1) + min(p.named, 1); {
	case kinds > 1:
		return "a_Query_needs_placeholders_of_one_kind_on_SQLite"
	case p.named > 0 && named < len(args), p.named == 0 && named > 0:
		return "a_Query_needs_a_sql_Named_for_each_name_on_SQLite_and_for_nothing_else"
	case p.named == 0 && p.counted+p.highest != len(args):
		return "a_Query_needs_one_value_in_Args_for_each_placeholder_on_SQLite"
	default:
		return ""
	}
}
