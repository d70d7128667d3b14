package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	_ "modernc.org/sqlite" // the driver of the other program
)

// The two modes in which programs share a file.
var modes = map[string]string{"WAL": wal, "rollback journal": "_pragma=journal_mode(DELETE)"}

const foreignFile = "HTMXLIVE_FOREIGN_FILE"

// foreign is another program, if this is one: it runs each line that it reads as SQL, and answers with a line.
func foreign() bool {
	path := os.Getenv(foreignFile)
	if path == "" {
		return false
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=synchronous(OFF)")
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(1)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		_, err := db.ExecContext(context.Background(), lines.Text())
		fmt.Println(err)
	}
	return true
}

// other is another program that has the file open.
type other struct {
	t     testing.TB
	cmd   *exec.Cmd
	to    io.Writer
	lines *bufio.Scanner
}

// program starts another program: the test binary itself, which finds the file's name in its environment.
func program(t testing.TB, path string) *other {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), foreignFile+"="+path)
	cmd.Stderr = t.Output()
	to, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	from, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		to.Close()
		_ = cmd.Wait() // the test's end may have killed it
	})
	return &other{t: t, cmd: cmd, to: to, lines: bufio.NewScanner(from)}
}

// run runs a statement there, and waits until it is committed.
func (o *other) run(sql string) {
	o.t.Helper()
	if answer := o.try(sql); answer != "<nil>" {
		o.t.Fatalf("the other program: %s: %s", sql, answer)
	}
}

// try runs a statement there, and returns the error as text.
func (o *other) try(sql string) string {
	o.t.Helper()
	if _, err := fmt.Fprintln(o.to, sql); err != nil {
		o.t.Fatal(err)
	}
	if !o.lines.Scan() {
		o.t.Fatalf("the other program: %s: no answer", sql)
	}
	return o.lines.Text()
}

// kill ends the program at once.
func (o *other) kill() {
	o.t.Helper()
	if err := o.cmd.Process.Kill(); err != nil {
		o.t.Fatal(err)
	}
	_ = o.cmd.Wait() // it was killed
}
