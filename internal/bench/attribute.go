package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// Share is a part of a profile.
type Share struct {
	What  string
	Value float64 // CPU: seconds; memory: bytes
}

// rule says what the functions with matching names stand for.
type rule struct {
	what  string
	names *regexp.Regexp
}

func rules(pairs ...string) []rule {
	var out []rule
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, rule{what: pairs[i], names: regexp.MustCompile(pairs[i+1])})
	}
	return out
}

const (
	library = `^github\.com/htmxlive/htmxlive/`
	noted   = "everything else"
)

// cpuRules attribute time: to the innermost function of a stack that stands for something.
func cpuRules() []rule {
	return rules(
		"write system call: TCP, loopback, waking the reader", `^syscall\.[wW]rite`,
		"waiting for the network: epoll, reads", `^runtime\.netpoll|^syscall\.[rR]ead`,
		"garbage collection", `^runtime\.(gcBgMarkWorker|gcAssistAlloc|bgsweep|bgscavenge|gcStart|gcMarkDone)`,
		"SQLite and database/sql", `^modernc\.org/|^database/sql`,
		"html/template", `^(html|text)/template|^encoding/json`,
		"views: rows, digests, the patch", library+`views\.`,
		"live: fetch, compare, wake the pages, their difference", library+`live\.`,
		"middleware: the message and its id", library+`middleware\.`,
		"sse: the stream's loop", library+`sse\.`,
		"r3labs: its loop, fmt", `^github\.com/r3labs/`,
		"net/http and net: chunks, buffers, flush", `^net/http\.|^net\.|^bufio\.|^github\.com/labstack/`,
		"the bench itself", `^main\.|^net/rpc`,
		"goroutine switches", `^runtime\.(mcall|park_m|schedule|goexit|mstart|goready|findRunnable|systemstack)`,
	)
}

// heapRules attribute objects.
func heapRules() []rule {
	return rules(
		"net/http: buffers of the connection (4 KB read, 4 + 2 KB write)", `^bufio\.`,
		"r3labs: a server, a stream, a subscriber", `^github\.com/r3labs/`,
		"sse: the stream", library+`sse\.`,
		"live: socket, query, what it listens to", library+`live\.`,
		"middleware: the page", library+`middleware\.`,
		"views", library+`views\.`,
		"session: gorilla/sessions, the cookie", `^github\.com/gorilla/`,
		"Echo: the request's context", `^github\.com/labstack/`,
		"net/http: request, headers, connection", `^net/http\.|^net/textproto\.|^net/url\.|^net\.`,
		"contexts", `^context\.`,
		"the bench itself", `^main\.|^net/rpc|^runtime/pprof`,
		"the runtime: what it keeps of each goroutine", `^runtime\.(malg|newproc|allocm)`,
	)
}

// attribute reads a profile of this program and adds it up by the rules.
func attribute(ctx context.Context, profile, index, unit string, by []rule) ([]Share, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-traces", "-sample_index="+index, "-unit="+unit, self, profile).Output()
	if err != nil {
		return nil, fmt.Errorf("go tool pprof: %w", err)
	}
	sums := map[string]float64{}
	for value, stack := range traces(out) {
		sums[whatOf(stack, by)] += value
	}
	var shares []Share
	for _, r := range by {
		if v := sums[r.what]; v > 0 {
			shares = append(shares, Share{What: r.what, Value: v})
		}
	}
	return append(shares, Share{What: noted, Value: sums[noted]}), nil
}

// whatOf is what the innermost function stands for that stands for something.
func whatOf(stack []string, by []rule) string {
	for _, name := range stack {
		for _, r := range by {
			if r.names.MatchString(name) {
				return r.what
			}
		}
	}
	return noted
}

// traces are the stacks of a profile as pprof prints them, innermost function first, and what was counted there.
func traces(out []byte) func(yield func(float64, []string) bool) {
	return func(yield func(float64, []string) bool) {
		var value float64
		var stack []string
		for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
			line := s.Text()
			fields := strings.Fields(line)
			switch {
			case strings.HasPrefix(line, "-----------+"):
				if len(stack) > 0 && !yield(value, stack) {
					return
				}
				value, stack = 0, nil
			case len(fields) == 0 || strings.Contains(fields[0], ":"): // the heading, or a label
			case stack == nil && startsWithDigit(fields[0]) && len(fields) > 1:
				value, _ = strconv.ParseFloat(strings.TrimRight(fields[0], "abcdefghijklmnopqrstuvwxyzB"), 64)
				stack = []string{fields[1]}
			case stack != nil:
				stack = append(stack, fields[0])
			}
		}
	}
}

func startsWithDigit(s string) bool { return s[0] >= '0' && s[0] <= '9' }
