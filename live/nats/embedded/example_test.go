package embedded_test

import (
	"context"
	"fmt"
	"log"
	"net"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/nats/embedded"
)

func Example() {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // yours is a fixed one
	if err != nil {
		log.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()

	ctx := context.Background()
	broker, err := embedded.Start(ctx, embedded.Config{Listen: address, Routes: []string{address}})
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
