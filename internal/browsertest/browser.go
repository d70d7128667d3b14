package browsertest

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Browser is one headless Chromium that the tests of a binary share. The zero value is ready: Chromium starts with the
// first Person and ends with Main. It may be used from many goroutines.
type Browser struct {
	// Timeout is how long a page may take to show what a test waits for. Default: 30 seconds. A step that Chromium takes
	// at once (a navigation, an evaluation, a click) has 30 seconds whatever this says.
	Timeout time.Duration

	mu    sync.Mutex // guards ctx, stop and err
	ctx   context.Context
	stop  func()
	err   error
	tried bool
}

// errNoChromium tells how to get what is missing.
var errNoChromium = errors.New("browsertest: no Chromium on PATH (chromium, chromium-browser or google-chrome): " +
	"run `make chromium`, or install Debian's package chromium")

// Main is m for goleak.VerifyTestMain: it runs the tests and then ends Chromium and waits for its processes.
func (b *Browser) Main(m *testing.M) interface{ Run() int } {
	return runner(func() int {
		defer b.Close()
		return m.Run()
	})
}

type runner func() int

func (r runner) Run() int { return r() }

// started is the context of the running browser; the first call starts it.
func (b *Browser) started(t testing.TB) context.Context {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.tried {
		b.tried = true
		b.ctx, b.stop, b.err = start()
	}
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.ctx
}

// stepTime is how long one step of the protocol may take. Only a browser that hangs, or a very busy machine, needs more
// than a moment of it.
const stepTime = 30 * time.Second

func (b *Browser) timeout() time.Duration { return cmp.Or(b.Timeout, stepTime) }

// Close ends Chromium and waits for its processes, for a test that has a browser of its own; Main does it otherwise.
func (b *Browser) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
}

// start launches Chromium with a new profile, in a temporary folder that has everything else it leaves behind, too. The
// flags keep it from calling home, from throttling pages that nobody looks at, and from refusing a test server's
// certificate.
func start() (context.Context, func(), error) {
	path, err := find()
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "htmxlive-chromium-")
	if err != nil {
		return nil, nil, err
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(filepath.Join(dir, "profile")), chromedp.Env("TMPDIR="+dir),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.IgnoreCertErrors,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
	)
	ctx, stopBrowser := chromedp.NewContext(allocator)
	stop := func() {
		stopBrowser()
		stopAllocator()
		_ = os.RemoveAll(dir)
	}
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return nil, nil, err
	}
	return ctx, stop, nil
}

func find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoChromium
}
