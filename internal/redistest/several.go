//go:build unix

package redistest

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/dbserver"
)

// Cluster runs a cluster of three masters with a replica each, until the test ends.
func Cluster(tb testing.TB, program string) []*Server {
	tb.Helper()
	servers := make([]*Server, 6)
	args := []string{"--cluster", "create"}
	for i := range servers {
		servers[i] = Start(tb, program, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(freePort(tb)), "--cluster-node-timeout", "1000")
		args = append(args, net.JoinHostPort("127.0.0.1", strconv.Itoa(servers[i].port)))
	}
	cli := strings.TrimSuffix(program, "-server") + "-cli"
	cmd := dbserver.Command(servers[0].dir, nil, cli, append(args, "--cluster-replicas", "1", "--cluster-yes")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("redistest: %s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return servers
}

// Sentinel runs a master with the name "main", a replica of it and a Sentinel that watches them, until the test ends.
func Sentinel(tb testing.TB, program string) (master, replica, sentinel *Server) {
	tb.Helper()
	master = Start(tb, program)
	replica = Start(tb, program, "--replicaof", "127.0.0.1 "+strconv.Itoa(master.port))
	sentinel, err := newSentinel(program, freePort(tb), master.port)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := sentinel.Close(); err != nil {
			tb.Error(err)
		}
	})
	return master, replica, sentinel
}

func newSentinel(program string, port, master int) (*Server, error) {
	dir, owner, err := dbserver.Folder("redis", "redis", "nobody")
	if err != nil {
		return nil, fmt.Errorf("redistest: %w", err)
	}
	s := &Server{program: program, dir: dir, owner: owner, port: port}
	file := filepath.Join(dir, "sentinel.conf") // which Sentinel writes to
	text := fmt.Sprintf("port %d\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 %d 1\nsentinel down-after-milliseconds main 1000\n"+
		"sentinel failover-timeout main 5000\n", port, master)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("redistest: %w", err)
	}
	if owner != nil {
		if err := os.Chown(file, int(owner.Uid), int(owner.Gid)); err != nil {
			return nil, fmt.Errorf("redistest: %w", err)
		}
	}
	return s, s.run("+monitor master", []string{file, "--sentinel"})
}

// freePort is a port that nobody listens on now.
func freePort(tb testing.TB) int {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
