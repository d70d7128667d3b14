package sqlite_test

import (
	"context"
	"fmt"
	"log"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/sqlite"
)

// Queries of one team are fetched for the changes of its tickets, not for those of others.
func ExampleColumns() {
	ctx := context.Background()
	keeper := live.NewKeeper(live.Config{})
	db, err := sqlite.Open("file:desk?mode=memory&cache=shared", keeper, sqlite.Columns("tickets", "team_id"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	defer keeper.Close(ctx)
	if _, err := db.ExecContext(ctx, "CREATE TABLE tickets (id INTEGER PRIMARY KEY, team_id INTEGER); INSERT INTO tickets (team_id) VALUES (3), (3), (4)"); err != nil {
		log.Fatal(err)
	}

	count := func(ctx context.Context, team int) (n int, err error) { // of a Fetch
		ctx = live.Where(ctx, "tickets", "team_id", team)
		err = db.QueryRowContext(ctx, "SELECT count(*) FROM tickets WHERE team_id = ?", team).Scan(&n)
		return n, err
	}
	fmt.Println(count(ctx, 3))
	// Output: 2 <nil>
}

// A query names no topics, and a statement that writes publishes nothing by hand.
func ExampleOpen() {
	ctx := context.Background()
	keeper := live.NewKeeper(live.Config{})
	db, err := sqlite.Open("file:shop?mode=memory&cache=shared", keeper)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	defer keeper.Close(ctx)

	count := live.Query[int]{
		Fetch: func(ctx context.Context) (n int, err error) {
			err = db.QueryRowContext(ctx, "SELECT count(*) FROM orders").Scan(&n)
			return n, err
		},
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE orders (id INTEGER PRIMARY KEY)"); err != nil {
		log.Fatal(err)
	}
	if _, err := db.ExecContext(ctx, "INSERT INTO orders DEFAULT VALUES"); err != nil { // pages that keep count follow
		log.Fatal(err)
	}
	fmt.Println(count.Fetch(ctx))
	// Output: 1 <nil>
}
