package paging

// Sort is an order that requests can choose by name.
type Sort struct {
	// Name is what the sort parameter says.
	Name string
	// Keys are compared one after the other. The last one must be unique and never NULL (the primary key, usually), or
	// rows could be skipped.
	Keys []Key
}

// Key is one column of a Sort.
type Key struct {
	// Column is the column's name, or any SQL expression over one row. It goes into SQL as it stands: never make it
	// from a request.
	Column string
	// Desc sorts from high to low.
	Desc bool
	// Nulls is whether the column can be NULL, and where such rows go. Default NotNull.
	Nulls Nulls
	// Layout is the form in which the column has times: a layout of package time where they are text, LayoutUnix or its like
	// where they are numbers. SQLite needs it, as it has no type for times. Cursors are compared in this form, and a row in
	// another one is an error of the query. Default: the database has a type for times.
	Layout string
	// Type is what the column holds where the value does not say it: text may be a number (DECIMAL on MySQL), and an array of
	// bytes that writes itself as text (a UUID) may be either. Default: what the value is.
	Type Type
	// Compare orders text in memory (see Slice) as the database's collation does. Default: by bytes. SQL ignores it.
	Compare func(a, b string) int

	goType string // of the field that a List has for the column
	stored stored // what values of that type are to a database
}

// Type is what a column holds, for Key.Type.
type Type int

const (
	// AsGiven is what the value function gives.
	AsGiven Type = iota
	// Text is compared as text, digits too.
	Text
	// Decimal is a number that is given as text, so that it loses no digit.
	Decimal
	// Binary is bytes: of a UUID in BINARY(16), say.
	Binary
)

// Forms in which columns of SQLite have times, for Key.Layout.
const (
	LayoutSQLite  = "2006-01-02 15:04:05"                     // CURRENT_TIMESTAMP and datetime('now'), in UTC
	LayoutModernc = "2006-01-02 15:04:05.999999999 -0700 MST" // a time.Time that modernc.org/sqlite wrote
	LayoutMattn   = "2006-01-02 15:04:05.999999999-07:00"     // a time.Time that github.com/mattn/go-sqlite3 or glebarez/go-sqlite wrote

	LayoutUnix      = "unix"       // whole seconds since 1970, as unixepoch() gives them
	LayoutUnixMilli = "unix_milli" // milliseconds
	LayoutUnixMicro = "unix_micro" // microseconds
	LayoutUnixNano  = "unix_nano"  // nanoseconds
)

// Nulls says where rows with NULL in a Key go, as the list is read forward. The way back and sort=-name turn the list round,
// NULLs included.
type Nulls int

const (
	// NotNull promises that the column is never NULL.
	NotNull Nulls = iota
	// NullsFirst puts NULLs before all values.
	NullsFirst
	// NullsLast puts NULLs after all values.
	NullsLast
)
