//go:build unix

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/internal/natstest"
	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/internal/webtest"
)

// process runs the program as a process of its own until the test ends, and returns its URL.
func process(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), os.Args[0], append([]string{"-addr", "127.0.0.1:0", "-drain-delay", "0"}, args...)...)
	cmd.Env = append(os.Environ(), beMain+"=1")
	output, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		reading.Wait()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the process ends with %v", err)
		}
	})
	log := bufio.NewScanner(output)
	for log.Scan() {
		if url := regexp.MustCompile(`helpdesk is open.* url=(\S+)`).FindStringSubmatch(log.Text()); url != nil {
			reading.Go(func() {
				for log.Scan() {
					t.Log(log.Text())
				}
			})
			return url[1]
		}
		t.Log(log.Text())
	}
	t.Fatal("the process does not open")
	return ""
}

// TestReadYourOwnWriteAtAnotherNode: a form is sent to one node, and the page after it is loaded from another, where somebody
// follows the same list.
func TestReadYourOwnWriteAtAnotherNode(t *testing.T) {
	t.Run("postgres", func(t *testing.T) { readYourOwnWrite(t, "-db", pgtest.Start(t).URL()) })
	t.Run("nats", func(t *testing.T) {
		readYourOwnWrite(t, "-db", pgtest.Start(t).URL(), "-nats", natstest.Start(t).ClientURL())
	})
}

func readYourOwnWrite(t *testing.T, args ...string) {
	t.Helper()
	args = append(args, "-tickets", "50")
	here, there := process(t, args...), process(t, args...)
	ann := person{t: t, Client: webtest.Browser(t)}
	agent := regexp.MustCompile(`value="(\d+)" data-team="[^"]+" data-role="agent"`).FindStringSubmatch(ann.get(here + "/login"))
	ann.post(here+"/login", "agent", agent[1])
	list := ann.follow(there + "/tickets?results=lose")
	list.Until("ticket-rows")
	go func() { // it ends with the stream
		for list.Scan() {
		}
	}()

	const writes = 200
	stale := 0
	for i := range writes {
		title := fmt.Sprintf("Written %d times", i)
		ann.post(here+"/tickets", "title", title)
		if !strings.Contains(ann.get(there+"/tickets?results=lose"), title) {
			stale++
		}
	}
	t.Logf("%d of %d pages were stale", stale, writes)
	if stale > 0 {
		t.Errorf("%d of %d pages did not show what their browser had written", stale, writes)
	}
}

// TestALogoutIsReadWhereItWasNotHeard: nothing tells the other node, and it ends the streams all the same.
func TestALogoutIsReadWhereItWasNotHeard(t *testing.T) {
	nats := natstest.Start(t)
	f := flags{db: pgtest.Start(t).URL(), tickets: 20, drain: 10 * time.Second, nats: nats.ClientURL()}
	first, second := node(t, f), node(t, f)
	ann := person{t: t, Client: webtest.Browser(t)}
	agent := regexp.MustCompile(`value="(\d+)" data-team="[^"]+" data-role="agent"`).FindStringSubmatch(ann.get(first + "/login"))
	ann.post(first+"/login", "agent", agent[1])
	list := ann.follow(second + "/tickets?results=lose")
	list.Until("ticket-rows")
	nats.Shutdown()
	nats.WaitForShutdown()
	begun := time.Now()
	ann.post(first + "/logout")
	list.Until("delete:#live")
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %s", took)
	} else {
		t.Logf("it took %s", took.Round(time.Millisecond))
	}
}

// TestAnotherTeamInPostgreSQL: psql moves an agent to another team, and what their open pages show goes.
func TestAnotherTeamInPostgreSQL(t *testing.T) {
	server := pgtest.Start(t)
	base := node(t, flags{db: server.URL(), tickets: 50, drain: 10 * time.Second})
	ann := person{t: t, Client: webtest.Browser(t)}
	agents := regexp.MustCompile(`value="(\d+)" data-team="([^"]+)" data-role="agent"`).FindAllStringSubmatch(ann.get(base+"/login"), -1)
	ann.post(base+"/login", "agent", agents[0][1])
	title := "Secret of " + agents[0][2]
	ann.post(base+"/tickets", "title", title)
	list := ann.follow(base + "/tickets?results=lose")
	list.Until(title)

	psql, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer psql.Close(context.Background())
	begun := time.Now()
	const move = "UPDATE agents SET team_id = (SELECT id FROM teams WHERE name <> $1 LIMIT 1) WHERE id = $2::text::bigint"
	if _, err := psql.Exec(t.Context(), move, agents[0][2], agents[0][1]); err != nil {
		t.Fatal(err)
	}
	list.Until("delete:#live")
	t.Logf("it took %s", time.Since(begun).Round(time.Millisecond))
	if page := ann.get(base + "/tickets?results=lose"); strings.Contains(page, title) {
		t.Error("the page shows tickets of the old team")
	}
}
