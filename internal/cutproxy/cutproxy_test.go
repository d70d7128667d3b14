package cutproxy_test

import (
	"bufio"
	"io"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/cutproxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a server that answers each line with the same line, and its proxy.
func echo(t *testing.T) *cutproxy.Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn) // until the client has gone
			}()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-served
	})
	return cutproxy.Start(t, "tcp", listener.Addr().String())
}

// caller is a client, which reads in the background.
type caller struct {
	t    *testing.T
	conn net.Conn
	said chan string // closed when the connection ends
}

func call(t *testing.T, p *cutproxy.Proxy) *caller {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &caller{t: t, conn: conn, said: make(chan string, 1000)}
	go func() {
		defer close(c.said)
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			c.said <- lines.Text()
		}
	}()
	return c
}

func (c *caller) say(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *caller) hears(want string) {
	c.t.Helper()
	select {
	case got, ok := <-c.said:
		if !ok || got != want {
			c.t.Fatalf("heard %q (%v), want %q", got, ok, want)
		}
	case <-time.After(10 * time.Second):
		c.t.Fatalf("heard nothing, want %q", want)
	}
}

// silent waits a moment in which an answer would come.
func (c *caller) silent() {
	c.t.Helper()
	select {
	case got, ok := <-c.said:
		c.t.Fatalf("heard %q (%v), want silence", got, ok)
	case <-time.After(50 * time.Millisecond):
	}
}

func (c *caller) ends() {
	c.t.Helper()
	select {
	case got, ok := <-c.said:
		if ok {
			c.t.Fatalf("heard %q, want the end", got)
		}
	case <-time.After(10 * time.Second):
		c.t.Fatal("the connection goes on")
	}
}

func TestCut(t *testing.T) {
	p := echo(t)
	c := call(t, p)
	c.say("one")
	c.hears("one")
	p.Cut()
	c.ends()
	call(t, p).ends()
	p.Mend()
	c = call(t, p)
	c.say("two")
	c.hears("two")
}

func TestStall(t *testing.T) {
	for name, directions := range map[string][]cutproxy.Direction{
		"both": nil, "to the server": {cutproxy.ToServer}, "to the client": {cutproxy.ToClient},
	} {
		t.Run(name, func(t *testing.T) {
			p := echo(t)
			c := call(t, p)
			c.say("one")
			c.hears("one")
			p.Stall(directions...)
			c.say("two")
			c.silent()
			other := call(t, p)
			other.say("three")
			other.silent()
			p.Mend()
			c.hears("two")
			other.hears("three")
		})
	}
}

func TestAStalledConnectionIsCut(t *testing.T) {
	p := echo(t)
	c := call(t, p)
	p.Stall()
	c.say("lost")
	p.Cut()
	c.ends()
}

func TestDelay(t *testing.T) {
	p := echo(t)
	c := call(t, p)
	p.Delay(30 * time.Millisecond)
	start := time.Now()
	for range 3 { // all on the way at the same time
		c.say("one")
	}
	for range 3 {
		c.hears("one")
	}
	if took := time.Since(start); took < 60*time.Millisecond {
		t.Errorf("there and back took %v, want 60 ms or more", took)
	}
}

func TestNobodyIsThere(t *testing.T) {
	p := cutproxy.Start(t, "tcp", "127.0.0.1:1")
	call(t, p).ends()
}
