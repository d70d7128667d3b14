package sqlite_test

import (
	"context"
	"fmt"
	"log"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/sqlite"
)

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
