package acceptance_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// A shell is the program with which people write to a database, and how it is called.
type shell []string

// shellOfSQLite is the sqlite3 shell on a file.
func shellOfSQLite(t *testing.T, file string) shell {
	t.Helper()
	return shell{programOf(t, "sqlite3"), "-bail", "-cmd", ".timeout 5000", "-cmd", "PRAGMA foreign_keys = ON", file}
}

// shellOfPostgres is psql on a database.
func shellOfPostgres(t *testing.T, url string) shell {
	t.Helper()
	return shell{programOf(t, "psql"), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", url}
}

func programOf(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v: make test installs it", err)
	}
	return path
}

// run runs a script. When ctx ends before it has, the shell is killed.
func (s shell) run(ctx context.Context, script script) error {
	cmd := exec.CommandContext(ctx, s[0], s[1:]...)
	cmd.Stdin = strings.NewReader(script.text())
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
