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

// Triggers tell every write to a table, by whatever program: psql as well as this one.
func ExampleInstallTriggers() {
	ctx := context.Background()
	conn, done := session(ctx)
	defer done()
	heard, leave := listen(ctx, "example_triggers")
	defer leave()

	exec := func(sql string) {
		if _, err := conn.Exec(ctx, sql); err != nil {
			log.Fatal(err)
		}
	}
	exec("CREATE TABLE parcels (id int PRIMARY KEY, town text, weight int)")
	defer exec("DROP TABLE parcels")
	if err := postgres.InstallTriggers(ctx, conn.Exec, postgres.Table{Name: "parcels", Columns: []string{"town"}, Channel: "example_triggers"}); err != nil {
		log.Fatal(err)
	}
	exec("INSERT INTO parcels VALUES (1, 'Bern', 3)")
	fmt.Println(<-heard)
	// Output: {"v":1,"from":"","topics":["postgres:postgres/public.parcels","postgres:postgres/*"],"changes":[{"t":"postgres:postgres/public.parcels","n":"parcels","k":"1","w":{"id":"1","town":"Bern"}}]}
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
