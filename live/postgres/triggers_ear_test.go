//go:build unix

package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/htmxlive/htmxlive/live/postgres"
)

// told is a frame as a trigger sends it.
type told struct {
	V       int      `json:"v"`
	From    string   `json:"from"`
	Topics  []string `json:"topics"`
	Changes []change `json:"changes"`
}

type change struct {
	Topic string             `json:"t"`
	Table string             `json:"n"`
	Key   string             `json:"k"`
	Old   map[string]*string `json:"o"`
	New   map[string]*string `json:"w"`
}

func (c change) String() string {
	return strings.TrimSpace(c.Table[strings.LastIndex(c.Table, ".")+1:]+" "+c.Key) + values(" -", c.Old) + values(" +", c.New)
}

func values(sign string, of map[string]*string) string {
	if of == nil {
		return ""
	}
	var s strings.Builder
	s.WriteString(sign)
	keys := make([]string, 0, len(of))
	for k := range of {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if of[k] == nil {
			s.WriteString(" " + k + "=NULL")
		} else {
			s.WriteString(" " + k + "=" + *of[k])
		}
	}
	return s.String()
}

// ear is a session that listens.
type ear struct{ conn *pgx.Conn }

func listenTo(t *testing.T, channel string) *ear {
	t.Helper()
	c := open(t, shared)
	exec(t, c, "LISTEN "+pgx.Identifier{channel}.Sanitize())
	return &ear{conn: c}
}

// frames is what was heard of transactions that had committed before, decoded.
func (e *ear) frames(t *testing.T) (all []told) {
	t.Helper()
	for _, n := range e.notifications(t) {
		if len(n.Payload) > 7900 {
			t.Errorf("a payload of %d bytes", len(n.Payload))
		}
		d := json.NewDecoder(strings.NewReader(n.Payload))
		d.DisallowUnknownFields()
		var f told
		if err := d.Decode(&f); err != nil || f.V != 1 {
			t.Fatalf("a frame that nobody understands: %v: %s", err, n.Payload)
		}
		all = append(all, f)
	}
	return all
}

func (e *ear) notifications(t *testing.T) (all []*pgconn.Notification) {
	t.Helper()
	exec(t, e.conn, "LISTEN end_of_what_was_committed")
	exec(t, e.conn, "NOTIFY end_of_what_was_committed")
	for {
		n, err := e.conn.WaitForNotification(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n.Channel == "end_of_what_was_committed" {
			return all
		}
		all = append(all, n)
	}
}

// says is what was heard in words: each change, and each topic of which no change is told.
func (e *ear) says(t *testing.T) (all []string) {
	t.Helper()
	for _, f := range e.frames(t) {
		if f.From != "" || f.Topics[len(f.Topics)-1] != "postgres:postgres/*" || len(f.Topics) != 2 {
			t.Errorf("from %q, of the topics %q", f.From, f.Topics)
		}
		if len(f.Changes) == 0 {
			all = append(all, f.Topics[0][strings.LastIndex(f.Topics[0], ".")+1:])
		}
		for _, c := range f.Changes {
			if c.Topic != f.Topics[0] {
				t.Errorf("a change of %s in a frame of %s", c.Topic, f.Topics[0])
			}
			all = append(all, c.String())
		}
	}
	slices.Sort(all)
	return all
}

func (e *ear) expect(t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := e.says(t); !slices.Equal(got, want) {
		t.Errorf("heard\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// world is a schema of a test's own, which is the search_path of its connection.
func world(t *testing.T, statements ...string) (c *pgx.Conn, heard *ear) {
	t.Helper()
	name := strings.ToLower(strings.NewReplacer("/", "_", " ", "_").Replace(t.Name()))
	name = name[max(0, len(name)-50):]
	c = open(t, shared)
	exec(t, c, fmt.Sprintf("DROP SCHEMA IF EXISTS %[1]q CASCADE; CREATE SCHEMA %[1]q; SET search_path = %[1]q, public", name))
	t.Cleanup(func() {
		if _, err := c.Exec(context.Background(), fmt.Sprintf("RESET ROLE; DROP SCHEMA %q CASCADE", name)); err != nil {
			t.Error(err)
		}
	})
	for _, s := range statements {
		exec(t, c, s)
	}
	return c, listenTo(t, channelOf(t))
}

func channelOf(t *testing.T) string { return t.Name()[max(0, len(t.Name())-60):] }

func install(t *testing.T, c *pgx.Conn, tables ...postgres.Table) {
	t.Helper()
	for i := range tables {
		tables[i].Channel = channelOf(t)
	}
	if err := postgres.InstallTriggers(t.Context(), c.Exec, tables...); err != nil {
		t.Fatal(err)
	}
	if missing, err := postgres.MissingTriggers(t.Context(), c.QueryRow, tables...); err != nil || len(missing) > 0 {
		t.Fatalf("missing after the installation: %v, %v", missing, err)
	}
}

// tickets is a table of which two columns are told.
func tickets(t *testing.T) (c *pgx.Conn, heard *ear) {
	t.Helper()
	c, heard = world(t, "CREATE TABLE tickets (id int PRIMARY KEY, team_id int, status text, body text)")
	install(t, c, postgres.Table{Name: "tickets", Columns: []string{"team_id", "status"}})
	return c, heard
}

// says is what a statement is expected to tell.
type says struct {
	sql  string
	want []string
}

func hears(t *testing.T, c *pgx.Conn, heard *ear, all ...says) {
	t.Helper()
	for _, s := range all {
		exec(t, c, s.sql)
		t.Log(s.sql)
		heard.expect(t, s.want...)
	}
}

// keyIn is the key of the one change in a frame.
func keyIn(t *testing.T, payload string) string {
	t.Helper()
	var f told
	if err := json.Unmarshal([]byte(payload), &f); err != nil || len(f.Changes) != 1 {
		t.Fatalf("%v: not one change: %s", err, payload)
	}
	return f.Changes[0].Key
}
