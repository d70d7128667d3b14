package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve is the guest book in a file.
func serve(t *testing.T) (e *echo.Echo, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "guests.db")
	e, keeper := echo.New(), live.NewKeeper(live.Config{})
	db, err := open(t.Context(), file, keeper)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := keeper.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	routes(e, keeper, db)
	return e, file
}

// Nothing in the program says that the list follows the table.
func TestAGuestIsSeenInTheOtherWindow(t *testing.T) {
	e, _ := serve(t)
	mine, theirs := livetest.Open(t, e, "/"), livetest.Open(t, e, "/")
	mine.Submit("form", "name", "Ada")
	mine.AwaitRows("guestbook", "Ada")
	theirs.AwaitRows("guestbook", "Ada")
}

// A connection that the program does not know of writes as another program does.
func TestWhatAnotherProgramWritesIsSeen(t *testing.T) {
	e, file := serve(t)
	window := livetest.Open(t, e, "/")
	other, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, change := range []struct{ sql, want string }{
		{"INSERT INTO guests (name) VALUES ('Grace'), ('Alan')", "Grace Alan"},
		{"UPDATE guests SET name = 'Hopper' WHERE name = 'Grace'", "Hopper Alan"},
		{"DELETE FROM guests WHERE name = 'Alan'", "Hopper"},
	} {
		if _, err := other.ExecContext(t.Context(), change.sql); err != nil {
			t.Fatal(err)
		}
		window.AwaitRows("guestbook", strings.Fields(change.want)...)
	}
}

// docs/data.md shows this program, all of it, and README.md what is special about it.
func TestTheManualShowsTheProgram(t *testing.T) {
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("../../docs/data.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(manual), "\n```go\n"+string(program)+"```\n") {
		t.Error("docs/data.md does not show main.go as it is")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Fetch: func(ctx", "ctx, cancel := context.WithTimeout("} {
		_, text, found := strings.Cut(string(readme), "\n```go\n"+part)
		text, _, _ = strings.Cut(part+text, "```")
		for line := range strings.Lines(text) {
			if !found || !strings.Contains(string(program), strings.TrimSpace(line)+"\n") {
				t.Errorf("README.md shows %q, and the program has no such line", line)
			}
		}
	}
	for _, word := range []string{"Subscribe", "Publish"} {
		if strings.Contains(string(program), word) {
			t.Errorf("the program says %s", word)
		}
	}
}
