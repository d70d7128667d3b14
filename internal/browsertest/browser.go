package browsertest

import (
	"cmp"
	"sync"
	"testing"
	"time"
)

// Browser is one browser that the tests of a binary share. The zero value is ready: a headless Chromium, which starts with
// the first Person and ends with Main. It may be used from many goroutines.
type Browser struct {
	// Engine is what the browser is. Default: Chromium. In is the other way to the others.
	Engine Engine

	// Timeout is how long a page may take to show what a test waits for. Default: 30 seconds. A step that a browser takes
	// at once (a navigation, an evaluation, a click) has 30 seconds whatever this says.
	Timeout time.Duration

	mu      sync.Mutex // guards all below
	running engine
	err     error
	tried   bool
	others  map[Engine]*Browser
}

// Main is m for goleak.VerifyTestMain: it runs the tests and then ends the browsers and waits for their processes.
func (b *Browser) Main(m *testing.M) interface{ Run() int } {
	return runner(func() int {
		defer b.Close()
		return m.Run()
	})
}

type runner func() int

func (r runner) Run() int { return r() }

// In is the browser of that engine beside this one: it starts with its first Person and ends with this one.
func (b *Browser) In(which Engine) *Browser {
	if which == cmp.Or(b.Engine, Chromium) {
		return b
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.others == nil {
		b.others = map[Engine]*Browser{}
	}
	if b.others[which] == nil {
		b.others[which] = &Browser{Engine: which, Timeout: b.Timeout}
	}
	return b.others[which]
}

// started is the running browser; the first call starts it.
func (b *Browser) started(t testing.TB) engine {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.tried {
		b.tried = true
		b.running, b.err = newEngine(cmp.Or(b.Engine, Chromium))
	}
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.running
}

// stepTime is how long one step of the protocol may take. Only a browser that hangs, or a very busy machine, needs more
// than a moment of it.
const stepTime = 30 * time.Second

func (b *Browser) timeout() time.Duration { return cmp.Or(b.Timeout, stepTime) }

// Close ends the browser, and those beside it, and waits for their processes, for a test that has a browser of its own;
// Main does it otherwise.
func (b *Browser) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, other := range b.others {
		other.Close()
	}
	if b.running != nil {
		b.running.close()
		b.running = nil
	}
}
