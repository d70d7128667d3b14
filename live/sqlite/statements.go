package sqlite

import (
	"context"
	"strings"
)

// statements are the prepared statements of a connection that are not in use, by their texts. To prepare a statement takes as
// long as to find a row. SQLite prepares one anew when a schema that it uses has changed.
type statements struct {
	byText map[string]*stmt
}

const (
	statementsKept = 100  // for each connection
	keptTextMost   = 4096 // bytes of a text that is likely to come again
)

// take removes the statement that is kept for a text, and returns it; nil if there is none.
func (s *statements) take(text string) *stmt {
	one := s.byText[text]
	if one != nil {
		delete(s.byText, text)
	}
	return one
}

// keep keeps a statement, unless there is one of the same text: then it closes it. Beyond the bound it closes any other one.
func (s *statements) keep(one *stmt) error {
	if s.byText[one.access.text] != nil {
		return one.Close()
	}
	if len(s.byText) >= statementsKept {
		for text, other := range s.byText {
			delete(s.byText, text)
			_ = other.Close() // it has not failed, so closing it reports nothing
			break
		}
	}
	if s.byText == nil {
		s.byText = map[string]*stmt{}
	}
	s.byText[one.access.text] = one
	return nil
}

// close closes all of them.
func (s *statements) close() {
	for _, one := range s.byText {
		_ = one.Close()
	}
	s.byText = nil
}

// repeatable reports whether a statement does the same when it runs again: it reads and writes rows, and nothing else. A pragma
// may have done its work when it was prepared. An EXPLAIN does not notice that a schema has changed; no SQL is parsed, so its
// name may stand anywhere.
func (a *access) repeatable() bool {
	return !a.schema && !a.temp && !a.pragma && !a.attach && a.transaction == "" && a.savepoint == "" &&
		len(a.text) <= keptTextMost && !script(a.text) && !strings.Contains(strings.ToUpper(a.text), "EXPLAIN")
}

// statement is one for a text: one that is kept, or a new one.
func (c *conn) statement(ctx context.Context, text string) (*stmt, error) {
	c.restored() //nolint:contextcheck // what restores has none
	if s := c.statements.take(text); s != nil {
		return s, nil
	}
	s, err := c.prepare(ctx, text)
	if err == nil {
		s.keepable = s.access.repeatable()
	}
	return s, err
}

// giveBack keeps a statement, or closes it. It is closed
//   - where it has failed, or does more than to read and write rows;
//   - where SQLite called the authorizer while it ran: its access is a mixture of before and after;
//   - while several databases are attached: a name without a database may mean another table the next time, and SQLite does not
//     check that;
//   - while the program has an authorizer, which is asked each time.
func (c *conn) giveBack(s *stmt, failed bool) error {
	if failed || !s.keepable || s.access.late || len(c.files) > 1 || c.user.authorizer != nil {
		return s.Close()
	}
	if s.access.asOf != c.names {
		s.access.topics, s.access.tables, s.access.asOf = nil, nil, nil // they may be many, and are of no use
	}
	return c.statements.keep(s)
}
