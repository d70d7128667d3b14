package adaptertest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/middleware/adapter"
)

// memory is revocations that several nodes share, and that may be away.
type memory struct {
	adapter.MemoryRevocations

	mu    sync.Mutex
	err   error         // guarded by mu
	reads int           // guarded by mu
	read  chan struct{} // closed at the next reading; guarded by mu
}

func (m *memory) away(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

func (m *memory) Lookup(ctx context.Context, keys ...string) ([]adapter.Revocation, error) {
	m.mu.Lock()
	err := m.err
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return m.MemoryRevocations.Lookup(ctx, keys...)
}

func (m *memory) Recent(ctx context.Context, age time.Duration) ([]adapter.Revocation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if m.read != nil {
		close(m.read)
		m.read = nil
	}
	if m.err != nil {
		return nil, m.err
	}
	return m.MemoryRevocations.Recent(ctx, age)
}

// awaitRead returns after so many readings more.
func (m *memory) awaitRead(t *testing.T, times int) {
	t.Helper()
	for range times {
		m.mu.Lock()
		if m.read == nil {
			m.read = make(chan struct{})
		}
		read := m.read
		m.mu.Unlock()
		select {
		case <-read:
		case <-time.After(10 * time.Second):
			t.Fatal("nothing is read")
		}
	}
}

// nodes are two nodes that hear nothing of each other, and one memory.
func nodes(t *testing.T, face Face) (one, two *app, m *memory) {
	t.Helper()
	m = &memory{}
	var s settings
	s.Revocations, s.RevocationInterval = m, 5*time.Millisecond
	return newApp(t, face, s), newApp(t, face, s), m
}

// at is the same browser at another node: cookies do not depend on the port.
func (p *person) at(a *app) *person { return &person{Client: p.Client, t: p.t, app: a} }

func testRevocationsAreRead(t *testing.T, face Face) {
	one, two, m := nodes(t, face)
	ann, bob := one.person(), one.person()
	ann.get("/login")
	bob.get("/login")
	s, other := ann.at(two).stream("/notes"), bob.at(two).stream("/notes")
	s.Next()
	other.Next()
	ann.get("/logout")
	if ev := s.Rest(); !strings.Contains(ev.Data, "delete:#live") {
		t.Errorf("a stream at another node, after the logout: %+v", ev)
	}
	two.set(note{2, "two"})
	if ev := other.Next(); !strings.Contains(ev.Data, "two") {
		t.Errorf("the stream of another session: %+v", ev)
	}
	s.Close()
	other.Close()
	// Without streams nothing is read.
	for deadline := time.Now().Add(10 * time.Second); ; {
		m.mu.Lock()
		before := m.reads
		m.mu.Unlock()
		time.Sleep(50 * time.Millisecond)
		m.mu.Lock()
		after := m.reads
		m.mu.Unlock()
		if after == before {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("revocations are read though nobody looks")
		}
	}
}

func testKicksAreRead(t *testing.T, face Face) {
	one, two, m := nodes(t, face)
	ann := one.person()
	ann.get("/login") // as ada
	s := ann.at(two).stream("/notes")
	s.Next()
	if err := one.cfg.KickUser(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if ev := s.Rest(); !strings.Contains(ev.Data, "delete:#live") {
		t.Errorf("a stream at another node, after the kick: %+v", ev)
	}
	// One that opens after the kick has nothing to do with it, however often it is read.
	back := ann.at(two).stream("/notes")
	back.Next()
	m.awaitRead(t, 3)
	two.keeper.Resync() // nor when it asks for itself
	two.set(note{2, "two"})
	if ev := back.Next(); !strings.Contains(ev.Data, "two") {
		t.Errorf("a stream that opened after the kick: %+v", ev)
	}
	if err := one.cfg.KickUser(t.Context(), "ada"); err != nil { // once more
		t.Fatal(err)
	}
	if ev := back.Rest(); !strings.Contains(ev.Data, "delete:#live") {
		t.Errorf("after the second kick: %+v", ev)
	}
}

func testRevocationsAway(t *testing.T, face Face) {
	m := &memory{}
	var s settings
	health := &adapter.Health{}
	s.Revocations, s.RevocationInterval, s.RevocationGrace, s.Health = m, 5*time.Millisecond, 50*time.Millisecond, health
	a := newApp(t, face, s)
	p := a.person()
	connect := ConnectURL(t, p.get("/notes").html)
	stream := p.stream(connect)
	stream.Next()
	m.awaitRead(t, 1)
	if err := health.Check(t.Context()); err != nil {
		t.Errorf("healthy: %v", err)
	}
	m.away(errors.New("the database is away"))
	if ev := stream.Rest(); ev.Retry == "" || strings.Contains(ev.Data, "delete") {
		t.Errorf("an open page: %+v", ev)
	}
	if err := health.Check(t.Context()); err == nil || health.RevocationsAge() < s.RevocationGrace {
		t.Errorf("nothing was read for %s: %v", health.RevocationsAge(), err)
	}
	if res := p.get("/notes"); res.StatusCode != http.StatusServiceUnavailable || strings.Contains(res.html, "database") {
		t.Errorf("a page: %d %s", res.StatusCode, res.html)
	}
	if ev := p.stream(connect).Rest(); ev.Retry == "" || ev.Data != "" {
		t.Errorf("a page that comes back: %+v", ev)
	}
	m.away(nil)
	if err := health.Check(t.Context()); err != nil {
		t.Errorf("mended: %v", err)
	}
	back := p.stream(connect)
	back.Next()
	m.awaitRead(t, 20) // it is not counted as one that has not been looked up
	a.set(note{2, "two"})
	if ev := back.Next(); !strings.Contains(ev.Data, "two") {
		t.Errorf("mended: %+v", ev)
	}
}
