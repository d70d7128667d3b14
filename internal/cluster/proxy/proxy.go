//go:build unix

// Package proxy runs nginx, HAProxy or Caddy with the configurations in deploy, in front of nodes on this machine.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/htmxlive/htmxlive/internal/dbserver"
)

// The addresses that stand in the files of deploy.
const (
	Front = "127.0.0.1:8080"
	NodeA = "127.0.0.1:8081"
	NodeB = "127.0.0.1:8082"
	NodeC = "127.0.0.1:8083"
)

// Kinds are the proxies that Start knows.
func Kinds() []string { return []string{"nginx", "haproxy", "caddy"} }

// File is the name of a kind's configuration in deploy.
func File(kind string) string {
	return map[string]string{"nginx": "nginx.conf", "haproxy": "haproxy.cfg", "caddy": "Caddyfile"}[kind]
}

// nginxMain is what Debian's nginx.conf puts around our file, with its files in our folder. As root it gives its workers away.
const nginxMain = `worker_processes 2;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	include site.conf;
}
`

// caddyMain keeps Caddy's own address out of the way: several may run.
const caddyMain = `{
	admin unix/%s/admin.sock
}
import site.caddy
`

// Proxy is a running proxy.
type Proxy struct {
	kind    string
	dir     string
	cmd     *exec.Cmd
	running *dbserver.Process
}

// Start runs a proxy of a kind with a configuration, that of deploy with other addresses perhaps, and returns when the
// proxy listens at front. It installs Debian's package where the program is missing and we may.
func Start(ctx context.Context, kind, config, front string) (*Proxy, error) {
	program, err := find(kind)
	if err != nil {
		return nil, err
	}
	dir, owner, err := dbserver.Folder("proxy", "www-data", "nobody")
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	p := &Proxy{kind: kind, dir: dir}
	if p.cmd, err = p.command(program, owner, config); err == nil {
		p.running, err = dbserver.Start(p.cmd)
	}
	if err == nil {
		err = p.listens(ctx, front)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("proxy: %s: %w", kind, err), p.Close())
	}
	return p, nil
}

// command writes the configuration and says how to run it.
func (p *Proxy) command(program string, owner *syscall.Credential, config string) (*exec.Cmd, error) {
	files := map[string]string{File(p.kind): config}
	var args []string
	switch p.kind {
	case "nginx":
		files = map[string]string{"nginx.conf": nginxMain, "site.conf": config}
		args = []string{"-p", p.dir, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"}
	case "haproxy":
		args = []string{"-db", "-f", File(p.kind)}
	case "caddy":
		files = map[string]string{"Caddyfile": fmt.Sprintf(caddyMain, p.dir), "site.caddy": config}
		args = []string{"run", "--adapter", "caddyfile", "--config", "Caddyfile"}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	return dbserver.Command(p.dir, owner, program, args...), nil
}

// listens waits until somebody listens at the address.
func (p *Proxy) listens(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-p.running.Exited():
			return fmt.Errorf("it has ended:\n%s", p.Said())
		case <-ctx.Done():
			return fmt.Errorf("it does not listen at %s: %w\n%s", addr, err, p.Said())
		}
	}
}

// Said is the end of what the proxy has written to its log.
func (p *Proxy) Said() string {
	if p.running == nil {
		return ""
	}
	return p.running.Said()
}

// PID is the process id.
func (p *Proxy) PID() int { return p.running.PID() }

// Close ends the proxy, with the connections through it, and removes its folder.
func (p *Proxy) Close() error {
	var err error
	if p.running != nil {
		err = p.running.Stop(syscall.SIGTERM)
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// find is the path of the program. Debian has some in a folder that only root has in its PATH.
func find(kind string) (string, error) {
	if File(kind) == "" {
		return "", fmt.Errorf("proxy: there is no %q, only %s", kind, strings.Join(Kinds(), ", "))
	}
	if path, ok := lookUp(kind); ok {
		return path, nil
	}
	if err := dbserver.Install(kind); err != nil {
		return "", fmt.Errorf("proxy: %w", err)
	}
	if path, ok := lookUp(kind); ok {
		return path, nil
	}
	return "", fmt.Errorf("proxy: %s is not here: install it (on Debian the package %s)", kind, kind)
}

func lookUp(kind string) (string, bool) {
	for _, name := range []string{kind, "/usr/sbin/" + kind} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}
