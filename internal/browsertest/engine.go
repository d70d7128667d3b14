package browsertest

import (
	"context"
	"encoding/json"
	"time"
)

// Engine is a browser engine that tests run in.
type Engine string

// The engines. Chromium is what a Browser without an Engine is.
const (
	Chromium Engine = "chromium" // Chromium by the DevTools protocol: it has every Ability
	Firefox  Engine = "firefox"  // Firefox ESR by WebDriver BiDi
	WebKit   Engine = "webkit"   // WebKitGTK's MiniBrowser by WebDriver, on a display of its own (Xvfb)
)

// Engines are all engines, for a test that runs in each of them.
func Engines() []Engine { return []Engine{Chromium, Firefox, WebKit} }

// Ability is something that not every engine can do.
type Ability string

// The abilities. Clicking, typing, history, evaluation, cookies and persons are no abilities: every engine has them.
const (
	ReadConsole      Ability = "read a page's console"
	CountStreams     Ability = "count a page's event streams"
	HidePages        Ability = "hide a page or stall it"
	InterceptOrigins Ability = "answer for another origin"
	OtherScreens     Ability = "show a page on another screen"
)

// Can reports whether the engine has the ability.
func (e Engine) Can(what Ability) bool {
	switch e {
	case Firefox:
		return what == ReadConsole || what == CountStreams
	case WebKit:
		return false
	case Chromium:
	}
	return true
}

// engine is one running browser.
type engine interface {
	// newProfile makes the profile of a new person.
	newProfile(ctx context.Context) (profile, error)
	// close ends the browser and its processes and removes its files.
	close()
}

// profile is the cookies, the cache and the windows of one person.
type profile interface {
	// open opens an empty window. Its events go to the sink until it is closed.
	open(ctx context.Context, events sink) (window, error)
	cookies(ctx context.Context) ([]cookie, error)
	setCookies(ctx context.Context, url string, cookies []cookie) error
	// close closes all windows and forgets everything.
	close(ctx context.Context) error
}

// window is what every engine can do with a page.
type window interface {
	// navigate returns when the page at url has loaded; an empty url loads the page that is shown again.
	navigate(ctx context.Context, url string) error
	// evaluate returns an expression's value as JSON, a promise's once it is kept; null stands for undefined.
	evaluate(ctx context.Context, expression string) (json.RawMessage, error)
	act(ctx context.Context, steps []step) error
	close(ctx context.Context) error
}

// sink is where a window's events go.
type sink struct {
	console *console
	streams *streams
	network *interceptor // nil: nothing is intercepted
}

type cookie struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Path     string `json:"path,omitempty"`
	Domain   string `json:"domain,omitempty"`
	HTTPOnly bool   `json:"httpOnly,omitempty"`
	Secure   bool   `json:"secure,omitempty"`
}

// step is one thing that a hand does: exactly one of the fields is set.
type step struct {
	move  *point        // the mouse goes there, in CSS pixels of the viewport
	press bool          // the left button goes down
	lift  bool          // the left button goes up
	pause time.Duration // nothing happens
	key   rune          // a key is struck; '\r' is the enter key
	down  rune          // a key goes down, or stays down long enough to repeat
	up    rune          // a key goes up
}

type point struct{ x, y float64 }

// newEngine starts a browser.
func newEngine(which Engine) (engine, error) {
	switch which {
	case Firefox:
		return startFirefox()
	case WebKit:
		return startWebKit()
	case Chromium:
	}
	return startChromium()
}
