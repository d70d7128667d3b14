// Package sqlite makes pages follow an SQLite database by themselves: nothing to subscribe to, nothing to publish.
//
//	db, err := sqlite.Open("file:shop.db?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)", keeper)
//	if err != nil {
//		return err
//	}
//	defer db.Close() // after the keeper
//
// It is an ordinary *sql.DB on modernc.org/sqlite, with the data source names of that driver. What a Fetch reads with its
// own context is followed. What is committed, in this program or by any other, is published.
//
// # Reads
//
// Before a statement runs, SQLite says what it reads: its authorizer names every table while it prepares the statement, also
// those behind views, subqueries, common table expressions and indexes, and those that the plan leaves out. No SQL is
// parsed. The tables are recorded with [live.Reads],
// or with [live.ReadsSnapshot] where the statement reads from a snapshot that may be older than it is: a later statement of a
// transaction, or one beside rows that are still open.
//
// Under [live.Where] a statement follows the rows that its author says it reads, where changes tell the values of that column: the
// key, and what [Columns] declares. A row that it returns with another value is an error of Rows.Next, wherever SQLite knows from
// which column the value is: not of an expression, nor of a UNION. The condition holds for every use of the table in the
// statement, so a table that is joined to itself may not return other rows by its other name.
//
// A statement that reads the time, chance, or a function of the program that is not deterministic is said to do so: see
// [live.ReadsClock].
//
// A statement under any other context, or that is run without one, is followed by nobody.
//
// # Statements that are kept
//
// A connection keeps up to 100 statements prepared, by their exact texts, so that a text that comes again is not prepared again.
// It keeps those that read and write rows and nothing else, of up to 4096 bytes: no pragma, no change of a schema, no ATTACH, no
// statement of a transaction, no text with the word EXPLAIN or with a semicolon before its end, and none that has failed. While another
// database is attached, or an authorizer of the program's is registered, nothing new is kept. A pragma and a change of the schema
// close all that are kept, and one that another program has changed the schema of is prepared anew by SQLite.
//
// # Writes
//
// SQLite's hooks say which tables a transaction writes, also through triggers and cascades. They are published when it has
// committed, once for each commit, before the call that committed returns, and however it ended: a request that ends during
// the commit loses the answer and not the publication. What is rolled back is not published, be it to a savepoint. The
// context of the publication is never the request's.
//
// Each row is told with its key, which is the primary key where that is one column, and with the values of the key and of the
// columns that are declared, before and after. A row of which the key changes is two: one that is gone and one that is new. Of
// more than 64 rows of a table in one commit it is told that the table has changed; so it is where nobody follows the table when
// it is written.
//
// # Other programs
//
// While somebody follows the database, its commits are counted 20 times a second, in the header of the file or of the
// wal-index. Each commit moves that counter by one, and a connection of this program claims its number while it still
// holds the write lock. So a number that nobody has claimed is another program's commit, which may have changed everything.
// Databases of one keeper in one file know each other's commits. To a second keeper they are those of another program.
//
// # Topics
//
//	sqlite:/var/lib/shop.db/tickets   the table, in lower case: followed by who reads it, published by commits that write it
//	sqlite:/var/lib/shop.db           everything: followed by all, published when another program writes or a schema changes
//	sqlite:/var/lib/shop.db/*         any commit: published by each that writes, followed where it is not known what is read
//
// The path is the absolute one that PRAGMA database_list tells. Topics can be published by hand like any other. Databases in
// memory have topics that nobody needs to know. What is too long for a topic is hashed.
//
// # What is coarse
//
//   - What reads virtual tables (FTS5, R-Tree, those of Go), pragmas, sqlite_sequence and the tables of ANALYZE follows every
//     commit, and so does a statement that reads more than 30 tables. JSON's table-valued functions read nothing.
//   - Not told, so that it may be any: a number that is no integer, a text of more than 64 bytes, a BLOB, a column with a
//     collation of the program's own, a key of several columns, and what a table without a primary key has as its row id.
//   - Commits of other programs, changes of a schema, VACUUM and Restore are changes of everything.
//   - A statement that failed half-way in a transaction that commits, and a script that goes back to its own savepoint,
//     count as having written.
//   - An attached file is a database of its own. Temporary tables are nobody's business.
//
// # What it needs to know
//
//   - Hooks and an authorizer that sqlite.RegisterConnectionHook has put on a connection are replaced. Register them on the
//     connection that Conn.Raw gives: there they are called beside those of this package. It has all methods of the driver's
//     own connections, and Unwrap.
//   - A file is open once more, for counting. So it cannot leave WAL mode before the database is closed, and in rollback
//     mode a writer without busy_timeout may, rarely, find the file locked after another program has written.
//   - With _pragma=locking_mode(EXCLUSIVE) other programs are kept out, and nothing is counted. A statement that sets that mode
//     later, in WAL mode, finds the file locked by the counting: name it when the database is opened.
//   - Where the file cannot be opened once more, or its VFS shares no memory, other programs are not noticed. That is logged.
package sqlite
