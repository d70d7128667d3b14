//go:build unix

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestSecondSignalEndsAtOnce: the first lets a form arrive for as long as draining may take, the second does not.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-addr", "127.0.0.1:0", "-tickets", "5",
		"-db", filepath.Join(t.TempDir(), "helpdesk.db"))
	cmd.Env = append(os.Environ(), beMain+"=1")
	output, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewScanner(output)
	until := func(text string) string {
		t.Helper()
		for log.Scan() {
			t.Log(log.Text())
			if strings.Contains(log.Text(), text) {
				return log.Text()
			}
		}
		t.Fatalf("the program ends without saying %q", text)
		return ""
	}
	ask := func() {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}

	address := regexp.MustCompile(`url=http://(\S+)`).FindStringSubmatch(until("helpdesk is open"))[1]
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: 7\r\nExpect: 100-continue\r\n\r\n", address)
	if line, err := bufio.NewReader(conn).ReadString('\n'); !strings.Contains(line, "100 Continue") {
		t.Fatalf("the form is not waited for: %q %v", line, err)
	}
	ask()
	until("draining")
	ask()
	for log.Scan() {
		t.Log(log.Text())
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the second signal was not heard: the program drained to its end")
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("the second signal did not end the program: %v", cmd.ProcessState)
	}
}
