package nats_test

import (
	"context"
	"fmt"
	"log"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/nats"
)

func Example() {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true}) // yours runs elsewhere
	if err != nil {
		log.Fatal(err)
	}
	s.Start()
	defer stop(s)

	ctx := context.Background()
	broker, err := nats.Connect(ctx, nats.Config{URL: s.ClientURL()})
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
