package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// errStalled is the error of a frame that was not tried.
var errStalled = errors.New("the broker has not answered since a call that took too long")

// link is the way from this node to the others. It numbers the frames that it sends: 1, 2, 3 …. A frame that fails has used
// up its number, and so the others notice that they miss it when they hear the next heartbeat.
type link struct {
	broker  Broker        // nil: there are no other nodes
	node    string        // this one, in frames
	timeout time.Duration // BrokerTimeout

	hears   atomic.Bool   // Listen was confirmed
	stalled atomic.Bool   // a call took too long, and none has succeeded since
	left    atomic.Bool   // the farewell was sent
	errors  atomic.Uint64 // frames that the broker did not take

	suspect atomic.Pointer[time.Time] // until when what others publish may go missing; nil: nothing does
	awayAt  atomic.Pointer[time.Time] // since when it is not connected, as far as it was asked; nil: it is

	mu    sync.Mutex // guards everything below
	last  uint64     // number of the newest frame
	open  []uint64   // numbers of the frames that are being sent, ascending
	doubt time.Time  // until when a commit may still appear
}

// connected reports whether this node hears the others, as far as it knows.
func (l *link) connected() bool {
	return l.broker == nil || l.hears.Load() && !l.stalled.Load() && l.broker.Connected()
}

// trusted reports whether what the others publish is heard, as far as is known.
func (l *link) trusted() bool {
	until := l.suspect.Load()
	return l.connected() && (until == nil || !time.Now().Before(*until))
}

// distrust notes until when what others publish may go missing.
func (l *link) distrust(until time.Time) { l.suspect.Store(&until) }

// away is for how long this node has not heard the others; 0: it does. Each heartbeat asks.
func (l *link) away(now time.Time) time.Duration {
	if l.connected() {
		l.awayAt.Store(nil)
		return 0
	}
	l.awayAt.CompareAndSwap(nil, &now)
	if since := l.awayAt.Load(); since != nil {
		return max(now.Sub(*since), 1)
	}
	return 0 // it has connected meanwhile
}

// publish sends frames, within BrokerTimeout. It ends with the first that fails.
func (l *link) publish(ctx context.Context, frames [][]byte) error {
	if l.broker == nil {
		return nil
	}
	defer func(ctx context.Context) {
		if l.left.Load() && !l.inDoubt() { // the farewell has named a smaller number: one more has to follow
			_ = l.farewell(ctx)
		}
	}(ctx)
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	for i, b := range frames {
		if err := l.publishOne(ctx, b); err != nil {
			if i < len(frames)-1 {
				l.end(l.begin()) // the frame may have arrived for all that: what is not sent after it must be missed as well
			}
			return fmt.Errorf("live: broker: %w", err)
		}
	}
	return nil
}

// publishOne sends a frame under the next number. While the broker does not answer it fails at once, so that a request does not
// wait for BrokerTimeout each time: heartbeats go on to try.
func (l *link) publishOne(ctx context.Context, b []byte) error {
	number := l.begin()
	defer l.end(number)
	if l.stalled.Load() {
		l.errors.Add(1)
		return errStalled
	}
	return l.send(ctx, numbered(b, number))
}

func (l *link) send(ctx context.Context, b []byte) (err error) {
	defer func() {
		switch {
		case err == nil:
			l.stalled.Store(false)
		case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
			l.stalled.Store(true)
			fallthrough
		default:
			l.errors.Add(1)
		}
	}()
	defer recoverTo(&err)
	return l.broker.Publish(ctx, b)
}

// heartbeat tells the others, within BrokerTimeout, how many frames this node has sent, and which nodes it misses. A frame that is
// being sent counts as not sent yet.
func (l *link) heartbeat(ctx context.Context, silent map[string]int64) error {
	return l.sendHeartbeat(ctx, heartbeat{last: l.settled(), silent: silent})
}

// farewell is the last heartbeat. It counts what is being sent as well: nothing follows that could.
func (l *link) farewell(ctx context.Context) error {
	l.left.Store(true)
	return l.sendHeartbeat(ctx, heartbeat{last: l.newest(), farewell: true})
}

func (l *link) sendHeartbeat(ctx context.Context, h heartbeat) error {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	return l.send(ctx, encodeHeartbeat(l.node, h))
}

// doubtFor notes that a commit may still appear for so long.
func (l *link) doubtFor(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(d); until.After(l.doubt) {
		l.doubt = until
	}
}

// inDoubt reports whether a commit may still appear of which this node could not tell the others then.
func (l *link) inDoubt() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Now().Before(l.doubt)
}

// begin is the number of a frame that is to be sent, and end is called when it was sent or has failed.
func (l *link) begin() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	l.open = append(l.open, l.last)
	return l.last
}

func (l *link) end(number uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, _ := slices.BinarySearch(l.open, number)
	l.open = slices.Delete(l.open, i, i+1)
}

// settled is the newest number up to which all frames were sent or have failed.
func (l *link) settled() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) > 0 {
		return l.open[0] - 1
	}
	return l.last
}

func (l *link) newest() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}
