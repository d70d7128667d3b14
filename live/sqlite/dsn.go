package sqlite

import (
	"cmp"
	"crypto/rand"
	"database/sql/driver"
	"net/url"
	"strings"

	"modernc.org/sqlite"
)

func newBase(name string) (driver.Connector, error) { return sqlite.NewConnector(name) }

// dsn is what a name of a database says that is of use here. The driver reads the rest.
type dsn struct {
	vfs       string
	immediate bool // transactions that may write take their lock, and their snapshot, when they begin
	shared    string
}

func parseDSN(name string) dsn {
	path, query, _ := strings.Cut(name, "?")
	values, _ := url.ParseQuery(query) // the driver has refused what cannot be parsed
	d := dsn{vfs: values.Get("vfs"), immediate: !strings.EqualFold(cmp.Or(values.Get("_txlock"), "deferred"), "deferred")}
	private := path == "" || path == ":memory:" || path == "file::memory:" || path == "file:"
	if private && values.Get("cache") == "" {
		d.shared = ":memory:" + rand.Text() // each connection has its own
	} else {
		d.shared = name
	}
	return d
}

// memory names a database without a file. Memory that two databases share has one name.
func (d dsn) memory(schema string) string {
	if schema == "main" {
		return d.shared
	}
	return d.shared + ":" + schema
}
