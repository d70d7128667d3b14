package cutproxy

import (
	"net"
	"sync"
	"time"
)

// link is one connection through the proxy: two, one to each side.
type link struct {
	ended chan struct{} // closed by close

	mu    sync.Mutex
	sides []net.Conn // guarded by mu; nil once the link has ended
}

func newLink(client net.Conn) *link {
	return &link{ended: make(chan struct{}), sides: []net.Conn{client}}
}

// meet adds the other side, and reports whether the link lives still. If not, the side is closed.
func (l *link) meet(server net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sides == nil {
		_ = server.Close() // nobody has used it
		return false
	}
	l.sides = append(l.sides, server)
	return true
}

// close ends both sides. It may be called twice.
func (l *link) close() { l.end(false) }

// reset is close that says so to both sides, instead of a good-bye.
func (l *link) reset() { l.end(true) }

func (l *link) end(reset bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sides == nil {
		return
	}
	for _, side := range l.sides {
		if tcp, ok := side.(*net.TCPConn); ok && reset {
			_ = tcp.SetLinger(0)
		}
		_ = side.Close() // that it has ended already is fine
	}
	l.sides = nil
	close(l.ended)
}

// piece is bytes on their way. Its end has none.
type piece struct {
	bytes []byte
	due   time.Time
}

// carry takes bytes from one side to the other until the link ends. When one side hangs up, the other one is told
// when all that was sent before has arrived.
func (p *Proxy) carry(l *link, d Direction, from, to net.Conn) {
	pieces := make(chan piece, 64)
	var reading sync.WaitGroup
	reading.Go(func() { p.read(l, from, pieces) })
	defer reading.Wait()
	defer l.close()
	for {
		select {
		case next := <-pieces:
			if !p.passes(l, d, next.due) || len(next.bytes) == 0 {
				return
			}
			if _, err := to.Write(next.bytes); err != nil {
				return
			}
		case <-l.ended:
			return
		}
	}
}

// read takes what a side sends, until it hangs up.
func (p *Proxy) read(l *link, from net.Conn, pieces chan<- piece) {
	for {
		buffer := make([]byte, 4<<10)
		n, err := from.Read(buffer)
		now, _ := p.now()
		due := time.Now().Add(now.delay)
		if n > 0 && !send(l, pieces, piece{buffer[:n], due}) {
			return
		}
		if err != nil {
			send(l, pieces, piece{due: due})
			return
		}
	}
}

func send(l *link, pieces chan<- piece, next piece) bool {
	select {
	case pieces <- next:
		return true
	case <-l.ended:
		return false
	}
}

// passes waits until bytes that are due then may pass, and reports whether the link lives until then.
func (p *Proxy) passes(l *link, d Direction, due time.Time) bool {
	late := time.NewTimer(time.Until(due))
	defer late.Stop()
	select {
	case <-late.C:
	case <-l.ended:
		return false
	}
	for {
		now, change := p.now()
		if !now.stalled[d] {
			return true
		}
		select {
		case <-change:
		case <-l.ended:
			return false
		}
	}
}
