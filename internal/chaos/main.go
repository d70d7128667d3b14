//go:build unix

// Chaos runs three helpdesks with real engines and hundreds of open pages, breaks everything that can break, and looks
// whether every page shows the truth ten seconds after a fault has ended.
//
//	go run ./internal/chaos -engine nats -pages 300 -faults 20
//	go run ./internal/chaos -engine nats -seed 7 -only owing    # again, with these faults alone
//
// What is random follows from the seed; what the machine's scheduler does, does not.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	var cfg config
	flag.StringVar(&cfg.engine, "engine", "nats", "what carries news between the nodes: nats, postgres or redis")
	flag.Uint64Var(&cfg.seed, "seed", 0, "of what happens; 0: a new one")
	flag.IntVar(&cfg.pages, "pages", 300, "open pages")
	flag.IntVar(&cfg.faults, "faults", 20, "faults")
	flag.DurationVar(&cfg.limit, "limit", 10*time.Second, "within which pages must be right")
	flag.StringVar(&cfg.only, "only", "", "faults whose names match this regular expression")
	flag.BoolVar(&cfg.keep, "keep", false, "keep the logs of the nodes, also when all went well")
	flag.Parse()
	if cfg.seed == 0 {
		cfg.seed = uint64(time.Now().UnixNano())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	result, err := chaos(ctx, cfg, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
	result.print(os.Stdout)
	if result.wrong() > 0 || result.left != "" {
		os.Exit(1)
	}
}
