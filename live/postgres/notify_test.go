//go:build unix

package postgres_test

import (
	"database/sql"
	"strings"
	"testing"
	"testing/quick"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx

	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/postgres"
)

func TestInTheTransactionOfTheChange(t *testing.T) {
	b, _, _ := join(t, shared, postgres.Config{Channel: "tx"})
	heard := livetest.Listen(t, b)
	c := open(t, shared)
	for _, topic := range []string{"rolled back", "committed"} {
		tx, err := c.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := postgres.Notify(t.Context(), tx.Exec, "tx", topic); err != nil {
			t.Fatal(err)
		}
		livetest.Publish(t, b, "round trip")
		heard.Silent(t)
		if topic == "committed" {
			err = tx.Commit(t.Context())
		} else {
			err = tx.Rollback(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	heard.Await(t, "committed")

	db, err := sql.Open("pgx", shared.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := postgres.Notify(t.Context(), tx.ExecContext, "tx", "by database/sql"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	heard.Await(t, "by database/sql")
}

// What PostgreSQL would refuse must not reach it: the transaction, with the user's change in it, would be lost.
func TestRefusedBeforeTheTransaction(t *testing.T) {
	b, _, _ := join(t, shared, postgres.Config{Channel: "refused"})
	c := open(t, shared)
	for _, bad := range []struct{ channel, topic string }{
		{"refused", strings.Repeat("x", 8000)},
		{"refused", strings.Repeat("\xff", 6500)},
		{"", "t"},
		{strings.Repeat("x", 64), "t"},
		{"\xff", "t"},
		{"a\x00b", "t"},
	} {
		tx, err := c.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := postgres.Notify(t.Context(), tx.Exec, bad.channel, "good", bad.topic); err == nil {
			t.Errorf("%.20q on %.20q was not refused", bad.topic, bad.channel)
		}
		if err := postgres.Notify(t.Context(), tx.Exec, "refused", "still fine"); err != nil {
			t.Errorf("after %.20q on %.20q the transaction is broken: %v", bad.topic, bad.channel, err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	long := strings.Repeat("x", 7999)
	heard := livetest.Listen(t, b)
	if err := postgres.Notify(t.Context(), c.Exec, "refused", long); err != nil {
		t.Fatal(err)
	}
	heard.Await(t, long)
}

func TestAnyTopicComesBackAsItWas(t *testing.T) {
	b, _, _ := join(t, shared, postgres.Config{Channel: "any"})
	c := open(t, shared)
	heard := livetest.Listen(t, b)
	comesBack := func(raw []byte) bool {
		for _, before := range []string{"", `"`, "htmxlive.ascii85:", "htmxlive.ascii85:\x00"} {
			topic := before + string(raw)
			if err := postgres.Notify(t.Context(), c.Exec, "any", topic); err != nil {
				t.Error(err)
				return false
			}
			heard.Await(t, topic)
		}
		return true
	}
	if err := quick.Check(comesBack, &quick.Config{MaxCount: 200}); err != nil {
		t.Error(err)
	}
}

// What is in the database's own text reaches receive as it is, and a text can be read in psql.
func TestTextTravelsAsItIs(t *testing.T) {
	a, _, _ := join(t, shared, postgres.Config{Channel: "text"})
	c := open(t, shared)
	heard := livetest.Listen(t, a)
	exec(t, c, "LISTEN text")
	texts := []string{`{"v":1,"from":"n","topics":["tickets:team:3"]}`, "tickets:team:3", `"quoted"`, `ä \ ' 🎫`, "htmxlive.ascii85", ""}
	for _, text := range texts {
		exec(t, c, "SELECT pg_notify('text', $1)", text)
	}
	for _, other := range []string{"htmxlive.ascii85:~", "htmxlive.ascii85:v"} { // nobody's encoding
		exec(t, c, "SELECT pg_notify('text', $1)", other)
		texts = append(texts, other)
	}
	exec(t, c, "NOTIFY text, 'by hand'")
	exec(t, c, "NOTIFY text")
	heard.Await(t, append(texts, "by hand", livetest.Resync)...)

	for _, text := range texts[:5] {
		livetest.Publish(t, a, text)
		n, err := c.WaitForNotification(t.Context())
		for err == nil && n.PID == c.PgConn().PID() {
			n, err = c.WaitForNotification(t.Context())
		}
		if err != nil || n.Payload != text {
			t.Errorf("%q travels as %q (%v)", text, n.Payload, err)
		}
	}
}
