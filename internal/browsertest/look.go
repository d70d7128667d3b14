package browsertest

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// narrow is the width, in CSS pixels, below which a screen is a phone's.
const narrow = 600

// Screenshot writes what the page looks like on a screen of that many CSS pixels, in the dark colour scheme or the
// light one, as a PNG file; folders on the way are made. The page has its own screen back afterwards.
func (p *Page) Screenshot(path string, width, height int, dark bool) {
	p.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	var picture []byte
	p.chromium("taking "+path, OtherScreens, chromedp.Steps(
		send(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: int64(width), Height: int64(height), DeviceScaleFactor: 1, Mobile: width < narrow,
		}),
		send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}),
		func(ctx context.Context, target *chromedp.Target) (none chromedp.Void, err error) {
			picture, err = chromedp.CaptureScreenshot()(ctx, target)
			return none, err
		},
		send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}),
		send(emulation.ClearDeviceMetricsOverride, cdp.Empty{}),
	))
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, picture, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// Hide minimizes the window: document.hidden turns true and the page hears visibilitychange.
func (p *Page) Hide() {
	p.t.Helper()
	p.resize(browser.WindowStateMinimized)
	p.WaitFor("the page to be hidden", `document.hidden`)
}

// Show brings a hidden window back.
func (p *Page) Show() {
	p.t.Helper()
	p.resize(browser.WindowStateNormal)
	p.WaitFor("the page to be visible", `!document.hidden`)
}

func (p *Page) resize(state browser.WindowState) {
	p.t.Helper()
	p.chromium("making the window "+string(state), HidePages, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		window, err := cdp.Call(ctx, target, browser.GetWindowForTarget, browser.GetWindowForTargetParams{})
		if err != nil {
			return err
		}
		_, err = cdp.Call(ctx, target, browser.SetWindowBounds, browser.SetWindowBoundsParams{
			WindowID: window.WindowID, Bounds: &browser.Bounds{WindowState: state},
		})
		return err
	}))
}

// Stall freezes the page as a phone does with one in the background: its scripts stand still and it stops reading its
// streams, while its connections stay open, so the server's writes soon find no room. It answers nothing until Resume.
func (p *Page) Stall() {
	p.t.Helper()
	p.chromium("stalling", HidePages, send(page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: page.SetWebLifecycleStateStateFrozen}))
}

// Resume lets a stalled page go on. It is visible afterwards.
func (p *Page) Resume() {
	p.t.Helper()
	p.chromium("resuming", HidePages, send(page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: page.SetWebLifecycleStateStateActive}))
	p.Hide()
	p.Show()
}

// chromium runs a step that only Chromium can do.
func (p *Page) chromium(what string, needs Ability, action chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.must(needs)
	p.do(what, func(ctx context.Context) error {
		w, ok := p.window.(*chromiumWindow)
		if !ok {
			return errors.ErrUnsupported
		}
		return w.do(ctx, action)
	})
}

// send is one protocol command as a step; its answer does not matter.
func send[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}
