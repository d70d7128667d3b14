//go:build unix

package main

import (
	"testing"
	"time"
)

// TestChaos is a short run of `make chaos`: the worst faults, on NATS and on PostgreSQL.
func TestChaos(t *testing.T) {
	for engine, only := range map[string]string{
		"nats":     "^node dies owing$|^node dies in a commit$|^route is cut$|^broker link",
		"postgres": "^node dies in a commit$|^commit without an answer$|^broker crashes$",
	} {
		t.Run(engine, func(t *testing.T) {
			// Twice the time that is promised: the tests of other packages run beside this one.
			cfg := config{engine: engine, seed: uint64(time.Now().UnixNano()), pages: 60, faults: 5, limit: 20 * time.Second, only: only}
			result, err := chaos(t.Context(), cfg, t.Output())
			if err != nil {
				t.Fatal(err)
			}
			result.print(t.Output())
			if result.wrong() > 0 || result.left != "" {
				t.Errorf("%d pages were wrong; left behind: %q", result.wrong(), result.left)
			}
		})
	}
}
