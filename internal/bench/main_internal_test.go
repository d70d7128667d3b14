package main

import (
	"context"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// The test binary is its own server and load client, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && (os.Args[1] == "server" || os.Args[1] == "load" || os.Args[1] == "lab") {
		if err := run(context.Background(), os.Args[1:]); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
