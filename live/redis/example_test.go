//go:build unix

package redis_test

import (
	"context"
	"fmt"
	"log"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/redis"
)

func Example() {
	ctx := context.Background()
	broker, err := redis.Connect(ctx, redis.Config{URL: shared.URL()})
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
