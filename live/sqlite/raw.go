package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// userHooks are those that the program registers through Conn.Raw. They are called beside those of this package.
type userHooks struct {
	preUpdate  sqlite.PreUpdateHookFn
	commit     sqlite.CommitHookFn
	rollback   sqlite.RollbackHookFn
	authorizer sqlite.AuthorizerFn
}

// RegisterPreUpdateHook is that of modernc's connections.
func (c *conn) RegisterPreUpdateHook(hook sqlite.PreUpdateHookFn) {
	c.listen()
	c.user.preUpdate = hook
}

// RegisterCommitHook is that of modernc's connections.
func (c *conn) RegisterCommitHook(hook sqlite.CommitHookFn) { c.user.commit = hook }

// RegisterRollbackHook is that of modernc's connections.
func (c *conn) RegisterRollbackHook(hook sqlite.RollbackHookFn) { c.user.rollback = hook }

// RegisterAuthorizer is that of modernc's connections.
func (c *conn) RegisterAuthorizer(authorizer sqlite.AuthorizerFn) error {
	c.user.authorizer = authorizer
	return c.rawConn.RegisterAuthorizer(c.authorize) // statements are prepared anew, under the new one
}

// Deserialize replaces the database.
func (c *conn) Deserialize(buf []byte) error {
	err := c.rawConn.Deserialize(buf)
	c.replaced()
	return err
}

// NewRestore begins to replace the database. It is replaced when the Backup has done its steps, of which nobody tells:
// everything is published again when the connection is used, and when it is given back.
func (c *conn) NewRestore(srcURI string) (*sqlite.Backup, error) {
	b, err := c.rawConn.NewRestore(srcURI)
	c.restoring = err == nil
	c.replaced()
	return b, err
}

// restored is called before the connection is used again, or is given back.
func (c *conn) restored() {
	if c.restoring {
		c.replaced()
	}
}

// replaced is called when no statement has changed what the main database holds.
func (c *conn) replaced() {
	c.names = nil
	c.statements.close()
	for _, a := range c.files {
		a.file.generation.Add(1)
		c.db.publish(context.Background(), nil, a.file.topic) //nolint:forbidigo // modernc's methods have none
	}
}

var errUnknown = errors.New("sqlite: the connection was used without this package")

// IsValid reports whether the connection may be used again. It is called when it is given back.
func (c *conn) IsValid() bool {
	c.restored()
	c.restoring = false
	if c.tx.pending != nil {
		c.settle(context.Background(), errUnknown) //nolint:forbidigo // driver.Validator has none
	}
	return c.rawConn.IsValid()
}

// Close closes the connection.
func (c *conn) Close() error {
	c.restored()
	c.restoring = false
	if c.tx.pending != nil {
		c.settle(context.Background(), errUnknown) //nolint:forbidigo // driver.Conn has none
	}
	c.statements.close()
	c.handle.close()
	return c.rawConn.Close()
}

var _ interface {
	driver.NamedValueChecker
	rawConn
} = (*conn)(nil)
