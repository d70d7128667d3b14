package browsertest

import (
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Screen gives the page a screen of that many CSS pixels, a phone's when it is narrow, in the dark colour scheme or the
// light one, until the next call.
func (p *Page) Screen(width, height int, dark bool) {
	p.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	p.chromium("changing the screen", OtherScreens, chromedp.Steps(
		send(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: int64(width), Height: int64(height), DeviceScaleFactor: 1, Mobile: width < narrow,
		}),
		send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}),
	))
}

// LessMotion makes the page one of a person who wants less motion, until the next call of Screen or Screenshot.
func (p *Page) LessMotion() {
	p.t.Helper()
	p.chromium("asking for less motion", OtherScreens, send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}},
	}))
}

// TouchDown puts a finger on the middle of the first element that the CSS selector names, and TouchUp lifts it there.
func (p *Page) TouchDown(selector string) {
	p.t.Helper()
	at := p.spot(selector)
	p.chromium("touching "+selector, OtherScreens, send(input.DispatchTouchEvent, input.DispatchTouchEventParams{
		Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: []*input.TouchPoint{{X: at.x, Y: at.y}},
	}))
}

// TouchUp lifts the finger.
func (p *Page) TouchUp() {
	p.t.Helper()
	p.chromium("lifting the finger", OtherScreens, send(input.DispatchTouchEvent, input.DispatchTouchEventParams{
		Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{},
	}))
}

// NoScripts makes the page one of a browser that runs no scripts, from the next page that it loads. Tests can still
// evaluate expressions in it.
func (p *Page) NoScripts() {
	p.t.Helper()
	p.chromium("turning scripts off", OtherScreens, send(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}
