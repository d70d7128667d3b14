package browsertest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// startTime is how long a program may take until it says that it is ready.
const startTime = 60 * time.Second

// process is a program in a process group of its own, so that what it starts ends with it.
type process struct {
	name string
	cmd  *exec.Cmd
	life io.Closer // open for as long as the program may live
	// dead is closed when the program has ended.
	dead chan struct{}

	mu   sync.Mutex // guards said
	said []string   // the last lines of its output
}

// guard is a shell that becomes the program, in front of another that waits for the end of its input and then ends the
// whole group: so nothing is left behind by a test binary that is killed, or that panics because its time is up.
const guard = `exec 9<&0
(read -r end; kill -9 -$$) <&9 >/dev/null 2>&1 &
exec 9<&-
exec "$@" </dev/null`

// startProcess starts a program in a temporary folder that is its home, too. Besides its output it may write to a pipe,
// its file descriptor 3.
func startProcess(home string, pipe *os.File, env []string, name string, args ...string) (*process, io.ReadCloser, error) {
	cmd := exec.Command("sh", append([]string{"-c", guard, "sh", name}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+home, "XDG_RUNTIME_DIR="+home, "XDG_CONFIG_HOME="+home,
		"XDG_CACHE_HOME="+home, "XDG_DATA_HOME="+home, "NO_AT_BRIDGE=1", "DBUS_SESSION_BUS_ADDRESS=disabled:")
	cmd.Env = append(cmd.Env, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if pipe != nil {
		cmd.ExtraFiles = []*os.File{pipe}
	}
	output, in, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	life, held, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = life, in, in
	err = cmd.Start()
	_, _ = in.Close(), life.Close()
	if err != nil {
		_, _ = output.Close(), held.Close()
		return nil, nil, fmt.Errorf("browsertest: starting %s: %w", name, err)
	}
	p := &process{name: name, cmd: cmd, life: held, dead: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.dead)
	}()
	return p, output, nil
}

// waitForLine reads the program's output until a line matches, and returns the match; it goes on reading afterwards.
func (p *process) waitForLine(output io.ReadCloser, pattern string) ([]string, error) {
	found := make(chan []string, 1)
	want := regexp.MustCompile(pattern)
	go p.read(output, func(line string) {
		if match := want.FindStringSubmatch(line); match != nil && len(found) == 0 {
			found <- match
		}
	})
	timer := time.NewTimer(startTime)
	defer timer.Stop()
	select {
	case match := <-found:
		return match, nil
	case <-p.dead:
		return nil, p.failure("ended before it was ready")
	case <-timer.C:
		return nil, p.failure(fmt.Sprintf("was not ready after %s", startTime))
	}
}

// read takes note of what the program writes, until it ends.
func (p *process) read(output io.ReadCloser, see func(line string)) {
	defer output.Close()
	for lines := bufio.NewScanner(output); lines.Scan(); {
		p.note(lines.Text())
		see(lines.Text())
	}
	_, _ = io.Copy(io.Discard, output) // what comes after a line that is too long for the scanner
}

// drain is read where the output matters only for a failure.
func (p *process) drain(output io.ReadCloser) { p.read(output, func(string) {}) }

// enough is how many lines of a program's output are kept for a failure.
const enough = 20

func (p *process) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, line)
	p.said = p.said[max(0, len(p.said)-enough):]
}

// failure is an error that says what the program said.
func (p *process) failure(what string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Errorf("browsertest: %s %s; it said %q", p.name, what, p.said)
}

// kill ends the program and everything in its group, and waits for it.
func (p *process) kill() {
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		_ = p.cmd.Process.Kill()
	}
	_ = p.life.Close()
	<-p.dead
}
