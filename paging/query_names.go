package paging

import (
	"database/sql"
	"regexp"
)

var (
	// quoted is what holds no placeholder.
	quoted = regexp.MustCompile(`'[^']*'|"[^"]*"`)
	// numberedMark is a placeholder of SQLite that says which argument it is.
	numberedMark = regexp.MustCompile(`\?[0-9]`)
)

// names reports whether the placeholders of q say which argument they are, as those do that sqlc writes for SQLite. Then the
// arguments are given once, however often Where is repeated, and paging's own placeholders get the numbers after them.
func (q Query) names() bool {
	for _, arg := range q.Args {
		if _, ok := arg.(sql.NamedArg); ok {
			return true
		}
	}
	return numberedMark.MatchString(quoted.ReplaceAllString(q.From+" "+q.Where, ""))
}
