package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the parent, or one of its children.
func run(ctx context.Context, args []string) error {
	if len(args) == 1 {
		switch args[0] {
		case "server":
			s := &Server{}
			defer s.Close()
			return serve(s)
		case "load":
			return serve(&Load{})
		case "lab":
			return serve(Lab{})
		}
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	return o.run(ctx)
}

// options are those of the command line.
type options struct {
	quick  bool
	only   *regexp.Regexp
	runs   int
	write  string
	report string
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ExitOnError)
	f.BoolVar(&o.quick, "quick", false, "small sizes and one run each, in less than two minutes")
	f.IntVar(&o.runs, "runs", 3, "runs of each measurement")
	only := f.String("run", ".", "measure only what matches: fanout, stalled, growth, private, topics, facts, costs, cluster, engines, profile")
	f.StringVar(&o.write, "write", "", "folder of the benchmarks.md and benchmarks.svg that get the results; default docs, and none with -quick or -run")
	f.StringVar(&o.report, "report", "", "measure nothing, report on this file of results instead")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.write == "" && !o.quick && *only == "." {
		o.write = "docs"
	}
	o.only, err = regexp.Compile(*only)
	return o, err
}

func (o options) suite() suite {
	s := fullSuite(o.runs)
	if o.quick {
		s = quickSuite(1)
	}
	s.only = o.only
	s.log = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format, args...) }
	return s
}

// resultsFile is where the results stay, beside what else is built.
const resultsFile = "build/bench.json"

func (o options) run(ctx context.Context) error {
	r := &Results{Machine: thisMachine(ctx), Command: strings.TrimSpace("go run ./internal/bench " + strings.Join(os.Args[1:], " "))}
	var err error
	if o.report != "" {
		err = r.load(o.report)
	} else if err = o.suite().measure(ctx, r); err == nil {
		err = r.save(resultsFile)
	}
	if err != nil {
		return err
	}
	fmt.Print(r.brief())
	if o.write == "" {
		return nil
	}
	return r.document(o.write)
}

func (r *Results) save(path string) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}

func (r *Results) load(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, r)
}

// document writes the report into the folder's benchmarks.md, and its plot beside it.
func (r *Results) document(folder string) error {
	var b bytes.Buffer
	if err := r.write(&b); err != nil {
		return err
	}
	path := filepath.Join(folder, "benchmarks.md")
	doc, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(path, []byte(insert(string(doc), b.String())), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "benchmarks.svg"), r.plot(), 0o644)
}
