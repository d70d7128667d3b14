//go:build unix

package postgres_test

import (
	"context"
	"fmt"
	"log"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/postgres"
)

func Example() {
	ctx := context.Background()
	broker, err := postgres.Connect(ctx, postgres.Config{URL: shared.URL()})
	if err != nil {
		log.Fatal(err)
	}
	defer broker.Close()

	keeper := live.NewKeeper(live.Config{Broker: broker})
	defer keeper.Close(ctx) // before the broker

	fmt.Println("connected:", broker.Connected())
	fmt.Println("published:", keeper.Publish(ctx, "tickets") == nil)
	// Output:
	// connected: true
	// published: true
}

// The change and the news of it are one transaction.
func ExampleNotify() {
	ctx := context.Background()
	conn, done := session(ctx)
	defer done()
	heard, leave := listen(ctx, "example_notify")
	defer leave()

	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "CREATE TEMPORARY TABLE tickets AS SELECT 'Printer on fire' AS title"); err != nil {
			return err
		}
		return postgres.Notify(ctx, tx.Exec, "example_notify", "tickets:team:3")
	})
	fmt.Println(err, <-heard)
	// Output: <nil> tickets:team:3
}

// Statement triggers publish every write to a table, by whatever program. The topics come from the rows that changed:
// each team that lost or gained one.
func Example_triggers() {
	const triggers = `
		CREATE FUNCTION tickets_live() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			PERFORM pg_notify('example_triggers', 'tickets:team:' || team) FROM (SELECT DISTINCT team FROM changed) t;
			RETURN NULL;
		END $$;

		CREATE TRIGGER live_insert AFTER INSERT ON tickets REFERENCING NEW TABLE AS changed
			FOR EACH STATEMENT EXECUTE FUNCTION tickets_live();
		CREATE TRIGGER live_delete AFTER DELETE ON tickets REFERENCING OLD TABLE AS changed
			FOR EACH STATEMENT EXECUTE FUNCTION tickets_live();
		CREATE TRIGGER live_update_old AFTER UPDATE ON tickets REFERENCING OLD TABLE AS changed
			FOR EACH STATEMENT EXECUTE FUNCTION tickets_live();
		CREATE TRIGGER live_update_new AFTER UPDATE ON tickets REFERENCING NEW TABLE AS changed
			FOR EACH STATEMENT EXECUTE FUNCTION tickets_live();

		-- TRUNCATE names no rows. An empty payload says that everything may have changed.
		CREATE FUNCTION all_live() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			PERFORM pg_notify('example_triggers', '');
			RETURN NULL;
		END $$;
		CREATE TRIGGER live_truncate AFTER TRUNCATE ON tickets
			FOR EACH STATEMENT EXECUTE FUNCTION all_live();`

	ctx := context.Background()
	conn, done := session(ctx)
	defer done()
	heard, leave := listen(ctx, "example_triggers")
	defer leave()
	for _, sql := range []string{
		"CREATE TABLE tickets (id int, team int NOT NULL)", triggers,
		"INSERT INTO tickets SELECT n, 1 FROM generate_series(1, 1000) n",
		"UPDATE tickets SET team = 2 WHERE id = 1000",
		"UPDATE tickets SET team = 2 WHERE id = 1001", // no such row
		"DELETE FROM tickets WHERE team = 2",
		"TRUNCATE tickets",
		"DROP TABLE tickets",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			log.Fatal(err)
		}
	}
	for range 5 {
		fmt.Printf("%q\n", <-heard)
	}
	// Output:
	// "tickets:team:1"
	// "tickets:team:2"
	// "tickets:team:1"
	// "tickets:team:2"
	// ""
}

// session is a connection of the application's own.
func session(ctx context.Context) (conn *pgx.Conn, done func()) {
	conn, err := pgx.Connect(ctx, shared.URL())
	if err != nil {
		log.Fatal(err)
	}
	return conn, func() { conn.Close(ctx) }
}

// listen is another node.
func listen(ctx context.Context, channel string) (heard <-chan string, leave func()) {
	broker, err := postgres.Connect(ctx, postgres.Config{URL: shared.URL(), Channel: channel})
	if err != nil {
		log.Fatal(err)
	}
	got := make(chan string, 100)
	if err := broker.Listen(ctx, func(frame []byte) { got <- string(frame) }); err != nil {
		log.Fatal(err)
	}
	return got, broker.Close
}
