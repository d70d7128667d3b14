//go:build unix

package web_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/example/internal/web"
	"github.com/htmxlive/htmxlive/internal/pgtest"
)

// Where nobody tells of what other programs write, because there are no triggers, it is seen after the RightsInterval.
func TestAnotherTeamThatNobodyTellsOf(t *testing.T) {
	server := pgtest.Start(t)
	const interval = 300 * time.Millisecond
	d := openDesk(t, server.URL(), 40, func(cfg *web.Config) { cfg.RightsInterval = interval })
	system, list := d.browser(t, d.anne).Open("/system"), d.browser(t, d.ann).Open("/tickets?results=lose")
	psql, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer psql.Close(context.Background())
	if _, err := psql.Exec(t.Context(), "UPDATE agents SET team_id = $1 WHERE id = $2", d.ben.Team.ID, d.ann.ID); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	list.AwaitThat("the stream ends", list.Ended)
	if took := time.Since(begun); took > interval+5*time.Second { // for a busy machine
		t.Errorf("it took %s", took)
	}
	if rows := list.Rows("ticket-rows"); len(rows) != 0 {
		t.Errorf("the page shows %q", rows.Texts())
	}
	if system.Ended() {
		t.Error("the page of a colleague has ended")
	}
}
