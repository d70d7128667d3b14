//go:build unix

package main

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a server that sends back what it is sent.
func echo(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

// says sends a word, and reports what comes back within the time.
func says(t *testing.T, c net.Conn, word string, within time.Duration) (string, error) {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte(word)); err != nil {
		return "", err
	}
	b := make([]byte, len(word))
	n, err := io.ReadFull(c, b)
	return string(b[:n]), err
}

func TestLink(t *testing.T) {
	l, err := newLink("tcp", echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, err := says(t, c, "one", 5*time.Second); got != "one" || err != nil {
		t.Fatalf("a link that is well: %q %v", got, err)
	}
	for _, way := range []trouble{{mute: true}, {deaf: true}} {
		l.set(way)
		if got, err := says(t, c, "two", 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("a link that is held one way: %q %v", got, err)
		}
		l.mend(false)
		b := make([]byte, 3)
		if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, b); err != nil || string(b) != "two" {
			t.Fatalf("what was held: %q %v", b, err)
		}
	}
	l.set(trouble{deaf: true, mute: true})
	if _, err := says(t, c, "lost", 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a link that is half-open: %v", err)
	}
	l.mend(true)
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 4)); n > 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("what was held by a link that forgot it: %d bytes, %v", n, err)
	}
	c.Close()
	if c, err = net.Dial("tcp", l.Addr()); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l.set(trouble{delay: 30 * time.Millisecond})
	start := time.Now()
	if got, err := says(t, c, "four", 5*time.Second); got != "four" || err != nil || time.Since(start) < 60*time.Millisecond {
		t.Errorf("a slow link: %q %v after %v", got, err, time.Since(start))
	}
	l.set(trouble{cut: true})
	if got, err := says(t, c, "five", 5*time.Second); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a link that is cut: %q %v", got, err)
	}
	again, err := net.Dial("tcp", l.Addr())
	if err == nil {
		if got, err := says(t, again, "six", 5*time.Second); err == nil {
			t.Errorf("a new connection of a link that is cut: %q", got)
		}
		again.Close()
	}
	l.mend(true)
	again, err = net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got, err := says(t, again, "seven", 5*time.Second); got != "seven" || err != nil {
		t.Errorf("a link that was mended: %q %v", got, err)
	}
}
