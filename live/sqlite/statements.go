package sqlite

import "context"

// statements are the prepared statements that a connection keeps for texts that are run again: to prepare one takes as long as
// to find a row. SQLite prepares them anew when a schema has changed.
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
	if !s.access.again() || p.byText[s.access.text] != nil {
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
// have done its work when it was prepared.
func (a *access) again() bool {
	return !a.late && !a.schema && !a.temp && !a.pragma && !a.attach && a.transaction == "" && a.savepoint == "" &&
		len(a.text) <= textKept && !script(a.text)
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
	return c.prepare(ctx, text)
}

// giveBack ends the use of a statement.
func (c *conn) giveBack(s *stmt, failed bool) error {
	if failed {
		return s.Close()
	}
	return c.statements.keep(s)
}
