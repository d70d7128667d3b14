package sqlite

import (
	"context"
	"strings"
)

// statements are the prepared statements that a connection keeps for texts that are run again: to prepare one takes as long as
// to find a row. SQLite prepares them anew when a schema has changed that they use.
type statements struct {
	byText map[string]*stmt // those that nobody uses
}

const (
	statementsKept = 100  // for each connection
	textKept       = 4096 // bytes of a text that is likely to come again
)

// take is the statement that is kept for a text; nil: there is none.
func (p *statements) take(text string) *stmt {
	s := p.byText[text]
	if s != nil {
		delete(p.byText, text)
	}
	return s
}

// keep keeps a statement that has run without an error, or closes it.
func (p *statements) keep(s *stmt) error {
	if p.byText[s.access.text] != nil {
		return s.Close()
	}
	if len(p.byText) >= statementsKept {
		for text, one := range p.byText { // any of them
			delete(p.byText, text)
			_ = one.Close() // what it had to say it has said when it ran
			break
		}
	}
	if p.byText == nil {
		p.byText = map[string]*stmt{}
	}
	p.byText[s.access.text] = s
	return nil
}

// again reports whether a statement does the same when it runs again: it reads and writes rows, and nothing else. A pragma may
// have done its work when it was prepared, and an EXPLAIN does not notice that a schema has changed.
func (a *access) again() bool {
	return !a.schema && !a.temp && !a.pragma && !a.attach && a.transaction == "" && a.savepoint == "" &&
		len(a.text) <= textKept && !script(a.text) && !strings.Contains(strings.ToUpper(a.text), "EXPLAIN")
}

// close closes all of them.
func (p *statements) close() {
	for _, s := range p.byText {
		_ = s.Close()
	}
	p.byText = nil
}

// statement is one for a text: one that is kept, or a new one.
func (c *conn) statement(ctx context.Context, text string) (*stmt, error) {
	c.restored() //nolint:contextcheck // what restores has none
	if s := c.statements.take(text); s != nil {
		return s, nil
	}
	s, err := c.prepare(ctx, text)
	if err == nil {
		s.again = s.access.again()
	}
	return s, err
}

// giveBack ends the use of a statement. It is not kept where another table may be what a name means the next time, which SQLite
// notices of temporary tables only, and where the program wants to be asked each time what is allowed.
func (c *conn) giveBack(s *stmt, failed bool) error {
	if failed || !s.again || s.access.late || len(c.files) > 1 || c.user.authorizer != nil {
		return s.Close()
	}
	return c.statements.keep(s)
}
