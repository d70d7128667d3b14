// Package postgres makes pages follow a PostgreSQL database by themselves, and joins the nodes of an application through its
// LISTEN and NOTIFY: a change on one marks the open pages of all, and so does, with triggers, a change that any other program makes.
//
// What is read: [NewPool] is pgxpool.New and [Open] is sql.Open, for connections of which the fetches of a keeper are followed; [Watch] has
// the options. What is written: [InstallTriggers], or Watch.PublishWrites where there can be none. What is heard: [Connect], the broker.
//
//	broker, err := postgres.Connect(ctx, postgres.Config{URL: "postgres://app@db.internal/helpdesk"})
//	if err != nil {
//		return err
//	}
//	defer broker.Close() // after the keeper
//	keeper := live.NewKeeper(live.Config{Broker: broker})
//
// # How it works
//
// Each node has one connection of its own, not from your pool, that listens on one channel (by default "htmxlive"). A
// notification's payload is a frame of a keeper or, from a trigger or another program, a topic and nothing else, never a
// row to show: PostgreSQL refuses payloads of 8000 bytes and more, and a trigger of your own that tried would abort the write it belongs to.
// Text travels as it is, so that SQL can name topics (NOTIFY htmxlive, 'tickets:team:3'); only what is no text travels
// encoded, as "htmxlive.ascii85:" and Ascii85. An empty payload says that everything may have changed. A program that
// may log in to the database can notify, and can listen: it hears topics, keys of rows and the values of the columns that are declared.
//
// # Three ways to publish
//
//   - After the commit, with keeper.Publish, as with every other broker.
//   - Inside the transaction that makes the change, with [Notify]: it is published if and when the transaction
//     commits, even if the process dies at that moment. Do not publish again after the commit.
//   - By triggers, which see the writes of every program, psql and migrations included: [InstallTriggers], or [Triggers]
//     as the text of a migration. They tell the rows as well, so that a change touches only the queries that it can concern.
//
// # Triggers
//
// A trigger of each statement tells what it did to the rows of its table, in its transaction: "postgres:shop/public.tickets", the
// old and new values of the primary key and of the columns that are declared, up to 100 rows; of more rows the distinct
// values of the declared columns; else the table alone. docs/data.md has the details. An error of the triggers is no error of
// the statement. These are, and cannot be caught:
//
//   - PREPARE TRANSACTION: PostgreSQL refuses it where something was notified.
//   - A notification queue of 8 GB that is full, because some session listens and has been in a transaction for days.
//   - temp_file_limit or a full disk: the old and new rows of a statement are kept until it ends, in files if they need
//     more than work_mem.
//   - A foreign table that becomes a partition or a child of the table, and is written through it.
//
// # What it costs
//
// A transaction that notifies takes a lock of the whole server from just before its commit until after it, so such
// transactions commit one after the other, each waiting for the disk: hundreds a second in all on a disk that confirms in milliseconds, some thousands
// on one that does so in 0.1 ms; docs/scale.md has measurements. A page follows a change by about 0.4 ms. Publish gathers what is published at the same time
// in one transaction; Notify and triggers cannot. Where more than a hundred transactions a second write to what
// pages show, publish after the commit through NATS or Redis (PublishWrites).
//
// Notifications of a node that does not read wait at the server (8 GB of them at most); this one always reads.
//
// # What is promised
//
//   - Publish returns nil when the notifications are committed. Everything else is an error, at once where the server
//     is away, and the keeper then sees to it that the other nodes refetch.
//   - Notifications are lost while a node has no connection. After each such gap the listener gets nil once, when the
//     node hears again. A server that fell silent is given up after 10 s; until then a node cannot know of the gap.
//   - While the server is away pages that need no query of it open and follow the changes of their own node.
//   - A node does not hear what it published itself: its keeper has marked its own pages already. It does hear its own
//     Notify and triggers, which no keeper knows of.
//
// The connection must lead to the primary and be a session: a pooler that lends connections for one transaction, such as
// PgBouncer in that mode, loses the LISTEN without a word. The database's encoding should be UTF8.
package postgres
