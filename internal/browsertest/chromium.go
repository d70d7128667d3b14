package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// errNoChromium tells how to get what is missing.
var errNoChromium = errors.New("browsertest: no Chromium on PATH (chromium, chromium-browser or google-chrome): " +
	"run `make browsers`, or install Debian's package chromium")

// chromium is a running Chromium.
type chromium struct {
	ctx  context.Context
	stop func()
}

// startChromium launches Chromium with a new profile, in a temporary folder that has everything else it leaves behind,
// too. The flags keep it from calling home, from throttling pages that nobody looks at, and from refusing a test
// server's certificate.
func startChromium() (engine, error) {
	path, err := findProgram(errNoChromium, "chromium", "chromium-browser", "google-chrome")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "htmxlive-chromium-")
	if err != nil {
		return nil, err
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
	c := &chromium{ctx: ctx, stop: func() {
		stopBrowser()
		stopAllocator()
		_ = os.RemoveAll(dir)
	}}
	if err := chromedp.Do(ctx); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// findProgram is the first of the programs that is on PATH, or the error.
func findProgram(missing error, names ...string) (string, error) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", missing
}

func (c *chromium) close() { c.stop() }

// chromiumProfile is a browser context.
type chromiumProfile struct {
	ctx context.Context // the browser's: a person lives as long as the test, which cannot outlive it
	id  cdp.BrowserContextID

	mu      sync.Mutex // guards windows
	windows []*chromiumWindow
}

func (c *chromium) newProfile(context.Context) (profile, error) {
	made, err := cdp.Call(c.ctx, chromedp.FromContext(c.ctx).Browser, target.CreateBrowserContext, target.CreateBrowserContextParams{})
	if err != nil {
		return nil, err
	}
	return &chromiumProfile{ctx: c.ctx, id: made.BrowserContextID}, nil
}

func (p *chromiumProfile) cookies(context.Context) ([]cookie, error) {
	got, err := cdp.Call(p.ctx, chromedp.FromContext(p.ctx).Browser, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: p.id})
	if err != nil {
		return nil, err
	}
	cookies := make([]cookie, 0, len(got.Cookies))
	for _, c := range got.Cookies {
		cookies = append(cookies, cookie{Name: c.Name, Value: c.Value, Path: c.Path, Domain: c.Domain, HTTPOnly: c.HTTPOnly, Secure: c.Secure})
	}
	return cookies, nil
}

func (p *chromiumProfile) setCookies(_ context.Context, url string, cookies []cookie) error {
	params := storage.SetCookiesParams{BrowserContextID: p.id}
	for _, c := range cookies {
		params.Cookies = append(params.Cookies, &network.CookieParam{Name: c.Name, Value: c.Value, URL: url, HTTPOnly: c.HTTPOnly})
	}
	_, err := cdp.Call(p.ctx, chromedp.FromContext(p.ctx).Browser, storage.SetCookies, params)
	return err
}

// close closes all windows at once: closing them one by one waits half a second for each that has a stream open.
func (p *chromiumProfile) close(context.Context) error {
	_, err := cdp.Call(p.ctx, chromedp.FromContext(p.ctx).Browser, target.DisposeBrowserContext,
		target.DisposeBrowserContextParams{BrowserContextID: p.id})
	p.mu.Lock()
	windows := p.windows
	p.mu.Unlock()
	var wg sync.WaitGroup
	for _, w := range windows {
		wg.Go(w.cancel)
	}
	wg.Wait()
	return err
}

// chromiumWindow is a target of Chromium.
type chromiumWindow struct {
	ctx     context.Context // the page's life: chromedp keeps the page itself in it
	cancel  context.CancelFunc
	mouse   point // where it is
	pressed bool  // its button
	held    rune  // the key that is down
}

// holding is what a move of the mouse says of its button: without it nothing is dragged.
func (w *chromiumWindow) holding() []chromedp.MouseOption {
	if w.pressed {
		return []chromedp.MouseOption{chromedp.ButtonLeft}
	}
	return nil
}

func (p *chromiumProfile) open(ctx context.Context, events sink) (window, error) {
	options := []chromedp.ContextOption{
		chromedp.WithExistingBrowserContext(p.id), chromedp.WithListener(events.console.see), chromedp.WithListener(events.streams.see),
	}
	if events.network != nil {
		options = append(options, chromedp.WithListener(events.network.see))
	}
	w := &chromiumWindow{}
	w.ctx, w.cancel = chromedp.NewContext(p.ctx, options...)
	if events.network != nil {
		events.network.ctx = w.ctx
	}
	p.mu.Lock()
	p.windows = append(p.windows, w)
	p.mu.Unlock()
	// The first run binds the page's life to its context, so it takes one without a time limit.
	if err := chromedp.Do(w.ctx); err != nil {
		return nil, err
	}
	if events.network != nil {
		return w, w.do(ctx, events.network.enable())
	}
	return w, nil
}

// within is the page's context with the deadline of ctx.
func (w *chromiumWindow) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(w.ctx, deadline)
	}
	return context.WithCancel(w.ctx)
}

func (w *chromiumWindow) do(ctx context.Context, steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := w.within(ctx)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

func (w *chromiumWindow) navigate(ctx context.Context, url string) error {
	if url == "" {
		return w.do(ctx, chromedp.Reload())
	}
	return w.do(ctx, chromedp.Navigate(url))
}

func (w *chromiumWindow) evaluate(ctx context.Context, expression string) (json.RawMessage, error) {
	ctx, cancel := w.within(ctx)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise))
	if err == nil && value == nil {
		value = []byte("null")
	}
	return value, err
}

func (w *chromiumWindow) close(ctx context.Context) error {
	err := w.do(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.Close, cdp.Empty{})
		return err
	}))
	w.cancel()
	return err
}
