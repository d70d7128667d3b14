package embedded_test

import (
	"testing"

	client "github.com/nats-io/nats.go"

	"github.com/htmxlive/htmxlive/live/nats/embedded"
)

// TestNobodyElseIsAClient: the server's port for clients is of no use to other programs on this machine.
func TestNobodyElseIsAClient(t *testing.T) {
	b := start(t, embedded.Config{Listen: free(t)})
	for _, options := range [][]client.Option{nil, {client.UserInfo("htmxlive", "")}, {client.UserInfo("htmxlive", "guess")}} {
		nc, err := client.Connect(b.ClientURL(), options...)
		if err == nil {
			nc.Close()
			t.Errorf("a stranger is connected with %d options", len(options))
		}
	}
}
