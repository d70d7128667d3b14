package main

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"
)

// Load is the service of the load client: it opens streams as browsers do and reads them all in one loop.
type Load struct {
	streams map[int32]*stream // by file descriptor
	stalled []*socket         // nobody reads them
	epoll   int
	buf     []byte
}

// Crowd is the readers that connect.
type Crowd struct {
	Addr    string
	Streams int
	Stalled int  // so many of them never read
	Pages   bool // load the page first and open the stream that it names; else the stream is the one thing there is
}

// connecting is how many connect at the same time.
const connecting = 16

// Connect opens all streams and returns when the last has answered.
func (l *Load) Connect(crowd Crowd, _ *struct{}) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("getrlimit: %w", err)
	}
	if need := uint64(crowd.Streams) + 100; limit.Cur < need {
		return fmt.Errorf("%d streams need %d open files, and %d are allowed: raise ulimit -n", crowd.Streams, need, limit.Cur)
	}
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	l.epoll, l.streams, l.buf = epoll, make(map[int32]*stream, crowd.Streams), make([]byte, 64<<10)
	sockets, err := crowd.connect()
	if err != nil {
		return err
	}
	for i, s := range sockets {
		if i < crowd.Stalled {
			l.stalled = append(l.stalled, s)
			continue
		}
		if err := l.add(s); err != nil {
			return err
		}
	}
	return nil
}

func (c Crowd) connect() ([]*socket, error) {
	sockets := make([]*socket, c.Streams)
	errs := make([]error, connecting)
	var wg sync.WaitGroup
	for worker := range connecting {
		wg.Go(func() {
			for i := worker; i < c.Streams && errs[worker] == nil; i += connecting {
				sockets[i], errs[worker] = open(c.Addr, i, c.Pages, i < c.Stalled)
			}
		})
	}
	wg.Wait()
	return sockets, errors.Join(errs...)
}

func (l *Load) add(s *socket) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: s.fd}
	if err := syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, int(s.fd), &event); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	st := &stream{socket: s}
	st.read(s.early)
	l.streams[s.fd] = st
	return nil
}

// Watching is a schedule, and how long to wait for what is missing after its end.
type Watching struct {
	Schedule

	Grace time.Duration
}

// Seen is what the streams that read have seen of a schedule.
type Seen struct {
	Expected  int // changes times streams
	Missing   int // changes that a stream has seen neither themselves nor in a newer one
	Events    int // events received; fewer than Expected if newer changes came instead of older ones
	Bytes     int64
	Ended     int // streams that were closed
	P50, P99  time.Duration
	Max       time.Duration
	Last      []byte // the last event received
	ClientCPU time.Duration
}

// Watch reads until every stream has seen the last change, or the grace is over.
func (l *Load) Watch(w Watching, seen *Seen) error {
	r := newRecord(w.Schedule, len(l.streams))
	for _, s := range l.streams {
		s.record = r
	}
	before, err := usage(false)
	if err != nil {
		return err
	}
	until := w.at(w.last()).Add(w.Grace)
	for r.behind > 0 && time.Now().Before(until) {
		if err := l.readAll(until, r); err != nil {
			return err
		}
	}
	after, err := usage(false)
	if err != nil {
		return err
	}
	*seen = r.seen(len(l.streams))
	seen.ClientCPU = after.cpu() - before.cpu()
	return nil
}

// Ignore reads whatever comes for a while: first messages, heartbeats.
func (l *Load) Ignore(d time.Duration, _ *struct{}) error {
	r := newRecord(Schedule{}, 0)
	for _, s := range l.streams {
		s.record = r
	}
	for until := time.Now().Add(d); time.Now().Before(until); {
		if err := l.readAll(until, r); err != nil {
			return err
		}
	}
	return nil
}

// readAll waits for the sockets that have something and reads each once.
func (l *Load) readAll(until time.Time, r *record) error {
	var ready [256]syscall.EpollEvent
	n, err := syscall.EpollWait(l.epoll, ready[:], int(max(1, time.Until(until).Milliseconds())))
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return fmt.Errorf("epoll: %w", err)
	}
	for _, event := range ready[:max(0, n)] {
		s := l.streams[event.Fd]
		if s.ended {
			continue
		}
		n, err := syscall.Read(int(event.Fd), l.buf)
		switch {
		case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR):
		case err != nil || n == 0:
			s.ended = true
			r.ended++
			_ = syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_DEL, int(event.Fd), nil)
		default:
			r.bytes += int64(n)
			s.read(l.buf[:n])
		}
	}
	return nil
}
