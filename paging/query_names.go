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

// names reports whether the placeholders of q say which argument they are, as sqlc writes them for SQLite. The arguments
// stand there once then, however often Where is repeated; paging's own placeholders have the numbers behind them.
func (q Query) names() bool {
	for _, arg := range q.Args {
		if _, ok := arg.(sql.NamedArg); ok {
			return true
		}
	}
	return numberedMark.MatchString(quoted.ReplaceAllString(q.From+" "+q.Where, ""))
}
