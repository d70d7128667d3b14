package postgres

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
)

// text is what is remembered of the text of a statement.
type text struct {
	sql   string
	first string // its first word, in lower case
	verb  verb
	many  bool // it may be several statements

	reads   bool // it may read a table
	writes  bool // it may write one
	schema  bool // it may change the schema
	session bool // it may change the role or the search_path
	temp    bool // it may make a temporary table

	warned   atomic.Bool // it was said that it is not known what it reads
	mu       sync.Mutex  // guards everything below
	accesses map[session]*accessOf
}

// accessOf is what was found out about a statement in a session.
type accessOf struct {
	access *access // nil: it cannot be known
	topics []string
	why    string // it follows everything; "": it does not
	schema uint64 // of which it is true
}

// verb is what a statement does, by its first word.
type verb int

const (
	anything verb = iota
	nothing       // to tables
	query         // it can be the body of a function
	cursor        // or another statement that reads
)

func verbOf(first string) verb {
	switch first {
	case "", "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "show", "listen", "unlisten", "notify",
		"lock", "close", "vacuum", "analyze", "checkpoint", "prepare", "deallocate", "set", "reset", "discard":
		return nothing
	case "select", "with", "values", "table", "insert", "update", "delete", "merge":
		return query
	case "fetch", "move", "declare", "explain":
		return cursor
	default:
		return anything
	}
}

// newText looks at the words of a statement. It takes none for less than it may be: a word in a literal or a comment counts too.
func newText(sql string, functions functionNames) *text {
	body := strings.TrimRight(withoutComment(sql), "; \t\r\n")
	words := wordsOf(body)
	t := &text{sql: sql, first: firstWord(body), many: strings.Contains(body, ";"), accesses: map[session]*accessOf{}}
	t.verb = verbOf(t.first)
	writes := hasAny(words, "insert", "update", "delete", "merge") || functions.writing.anyOf(words)
	into := t.first != "insert" && hasAny(words, "into")
	switch {
	case t.many, t.verb == anything:
		t.reads, t.writes, t.schema, t.session = true, true, true, true
		t.temp = hasAny(words, "temp", "temporary") || functions.temporary.anyOf(words)
	case t.verb == nothing:
		t.session = t.first == "discard" || (t.first == "set" || t.first == "reset") && hasAny(words, "all", "role", "authorization", "search_path", "schema",
			"transaction", "characteristics", "transaction_isolation", "default_transaction_isolation", "session_authorization")
		t.writes = hasAny(words, "prepared") && t.first == "commit"
	default:
		t.reads, t.writes, t.schema = true, writes, into
		t.session = setsSession(sql, words) || functions.setting.anyOf(words)
		t.temp = into && hasAny(words, "temp", "temporary") || functions.temporary.anyOf(words)
	}
	return t
}

// A set_config that names what it sets.
var setConfig = regexp.MustCompile(`(?i)set_config\s*\(\s*'([\w.]+)'\s*,`)

// setsSession reports whether a query may call set_config for what the session is made of.
func setsSession(sql string, words []string) bool {
	calls := 0
	for _, word := range words {
		if word == "set_config" {
			calls++
		}
	}
	if calls == 0 {
		return false
	}
	named := setConfig.FindAllStringSubmatch(sql, -1)
	return len(named) < calls || slices.ContainsFunc(named, func(m []string) bool { return !strings.Contains(m[1], ".") })
}

func hasAny(words []string, these ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(these, word) })
}

// words is a set of names in lower case.
type words map[string]struct{}

func (w words) anyOf(list []string) bool {
	if len(w) == 0 {
		return false
	}
	for _, word := range list {
		if _, ok := w[word]; ok {
			return true
		}
	}
	return false
}

// functionNames is the functions of the database, by what a call may do.
type functionNames struct {
	writing   words // write
	setting   words // change the role or the search_path
	temporary words // make temporary tables
}

// wordsOf is what could be a name or a keyword in a statement, in lower case.
func wordsOf(sql string) []string {
	return strings.FieldsFunc(strings.ToLower(sql), func(r rune) bool {
		return r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// withoutComment is the statement without the comments and parentheses before it.
func withoutComment(sql string) string {
	for {
		sql = strings.TrimLeft(sql, "( \t\r\n\f;")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			sql = sql[commentLength(sql):]
		default:
			return sql
		}
	}
}

// commentLength is the length of the comment that begins the statement. Comments can be nested.
func commentLength(sql string) int {
	depth := 0
	for i := 0; i+1 < len(sql); i++ {
		switch sql[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(sql)
}

func firstWord(sql string) string {
	end := strings.IndexFunc(sql, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(sql)
	}
	return strings.ToLower(sql[:end])
}
