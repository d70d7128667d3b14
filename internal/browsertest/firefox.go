package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// errNoFirefox tells how to get what is missing.
var errNoFirefox = errors.New("browsertest: no Firefox on PATH (firefox-esr or firefox): " +
	"run `make browsers`, or install Debian's package firefox-esr")

// firefoxPrefs keep Firefox from calling home and from greeting a person who is not there.
const firefoxPrefs = `user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("dom.disable_open_during_load", false);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("toolkit.telemetry.enabled", false);
`

// firefox is a running Firefox.
type firefox struct {
	process *process
	dir     string
	conn    *bidi

	mu    sync.Mutex // guards sinks
	sinks map[string]sink
}

func startFirefox() (engine, error) {
	path, err := findProgram(errNoFirefox, "firefox-esr", "firefox")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "htmxlive-firefox-")
	if err != nil {
		return nil, err
	}
	f := &firefox{dir: dir, sinks: map[string]sink{}}
	if err := f.start(path); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *firefox) start(path string) error {
	profile := filepath.Join(f.dir, "profile")
	if err := os.Mkdir(profile, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(firefoxPrefs), 0o600); err != nil {
		return err
	}
	p, output, err := startProcess(f.dir, nil, []string{"MOZ_CRASHREPORTER_DISABLE=1"},
		path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0")
	if err != nil {
		return err
	}
	f.process = p
	match, err := p.waitForLine(output, `WebDriver BiDi listening on (ws://\S+)`)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	if f.conn, err = dialBiDi(ctx, match[1]+"/session", f.see); err != nil {
		return p.failure(err.Error())
	}
	capabilities := map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"acceptInsecureCerts": true, "unhandledPromptBehavior": map[string]string{"default": "dismiss"},
	}}}
	if err := f.conn.call(ctx, "session.new", capabilities, nil); err != nil {
		return p.failure(err.Error())
	}
	return f.conn.call(ctx, "session.subscribe", map[string]any{"events": []string{
		"log.entryAdded", "network.responseStarted", "network.responseCompleted", "network.fetchError", "browsingContext.navigationCommitted",
	}}, nil)
}

func (f *firefox) close() {
	if f.conn != nil {
		_ = f.conn.close()
	}
	if f.process != nil {
		f.process.kill()
	}
	_ = os.RemoveAll(f.dir)
}

// firefoxEvent is what the events that see knows have in common.
type firefoxEvent struct {
	Context    string
	Source     struct{ Context string }
	Navigation string
	Request    struct{ Request string }
	Response   struct {
		URL      string
		Status   int
		MimeType string
	}
	Level, Text, Type, Method string
}

func (f *firefox) see(method string, params json.RawMessage) {
	var e firefoxEvent
	if json.Unmarshal(params, &e) != nil {
		return
	}
	f.mu.Lock()
	to, ok := f.sinks[e.Context+e.Source.Context]
	f.mu.Unlock()
	if !ok {
		return
	}
	switch method {
	case "log.entryAdded":
		bad := e.Level == "error" || e.Method == "assert"
		if e.Type == "javascript" && bad {
			e.Level = "exception"
		}
		to.console.add(message{e.Level, e.Text, bad})
	case "network.responseStarted":
		if e.Response.MimeType == eventStream {
			to.streams.answered(e.Request.Request, Stream{URL: e.Response.URL, Status: e.Response.Status})
		}
	case "network.responseCompleted", "network.fetchError":
		to.streams.ended(e.Request.Request)
	case "browsingContext.navigationCommitted":
		to.streams.left(e.Navigation)
	}
}

// firefoxProfile is a user context.
type firefoxProfile struct {
	firefox *firefox
	id      string
}

func (f *firefox) newProfile(ctx context.Context) (profile, error) {
	var made struct{ UserContext string }
	err := f.conn.call(ctx, "browser.createUserContext", nil, &made)
	return &firefoxProfile{f, made.UserContext}, err
}

func (p *firefoxProfile) open(ctx context.Context, events sink) (window, error) {
	var made struct{ Context string }
	// A window, not a tab: a tab that another covers is hidden.
	params := map[string]any{"type": "window", "userContext": p.id}
	if err := p.firefox.conn.call(ctx, "browsingContext.create", params, &made); err != nil {
		return nil, err
	}
	p.firefox.mu.Lock()
	p.firefox.sinks[made.Context] = events
	p.firefox.mu.Unlock()
	return &firefoxWindow{p.firefox, made.Context}, nil
}

func (p *firefoxProfile) close(ctx context.Context) error {
	return p.firefox.conn.call(ctx, "browser.removeUserContext", map[string]any{"userContext": p.id}, nil)
}

// partition names the cookies of this profile.
func (p *firefoxProfile) partition() map[string]any {
	return map[string]any{"type": "storageKey", "userContext": p.id}
}

func (p *firefoxProfile) cookies(ctx context.Context) ([]cookie, error) {
	var got struct {
		Cookies []struct {
			cookie

			Value struct{ Value string } `json:"value"`
		}
	}
	if err := p.firefox.conn.call(ctx, "storage.getCookies", map[string]any{"partition": p.partition()}, &got); err != nil {
		return nil, err
	}
	cookies := make([]cookie, 0, len(got.Cookies))
	for _, c := range got.Cookies {
		c.cookie.Value = c.Value.Value
		cookies = append(cookies, c.cookie)
	}
	return cookies, nil
}

func (p *firefoxProfile) setCookies(ctx context.Context, url string, cookies []cookie) error {
	host, err := hostOf(url)
	if err != nil {
		return err
	}
	for _, c := range cookies {
		params := map[string]any{"partition": p.partition(), "cookie": map[string]any{
			"name": c.Name, "value": map[string]any{"type": "string", "value": c.Value}, "domain": host, "path": "/", "httpOnly": c.HTTPOnly,
		}}
		if err := p.firefox.conn.call(ctx, "storage.setCookie", params, nil); err != nil {
			return err
		}
	}
	return nil
}

// firefoxWindow is a top-level browsing context.
type firefoxWindow struct {
	firefox *firefox
	id      string
}

func (w *firefoxWindow) navigate(ctx context.Context, url string) error {
	if url == "" {
		return w.firefox.conn.call(ctx, "browsingContext.reload", map[string]any{"context": w.id, "wait": "complete"}, nil)
	}
	return w.firefox.conn.call(ctx, "browsingContext.navigate", map[string]any{"context": w.id, "url": url, "wait": "complete"}, nil)
}

func (w *firefoxWindow) evaluate(ctx context.Context, expression string) (json.RawMessage, error) {
	var got struct {
		Type             string
		Result           struct{ Type, Value string }
		ExceptionDetails struct{ Text string }
	}
	err := w.firefox.conn.call(ctx, "script.evaluate", map[string]any{
		"expression": asJSON(expression), "target": map[string]any{"context": w.id}, "awaitPromise": true,
	}, &got)
	switch {
	case err != nil:
		return nil, err
	case got.Type == "exception":
		return nil, fmt.Errorf("%w: %s", errThrown, got.ExceptionDetails.Text)
	case got.Result.Type == "undefined":
		return json.RawMessage("null"), nil
	}
	return json.RawMessage(got.Result.Value), nil
}

// errThrown is an exception of the page's.
var errThrown = errors.New("exception")

// asJSON is an expression for the promise of an expression's value as JSON.
func asJSON(expression string) string {
	return "(async () => JSON.stringify(await (" + expression + "\n)))()"
}

func (w *firefoxWindow) act(ctx context.Context, steps []step) error {
	return w.firefox.conn.call(ctx, "input.performActions", map[string]any{"context": w.id, "actions": w3cActions(steps)}, nil)
}

func (w *firefoxWindow) close(ctx context.Context) error {
	return w.firefox.conn.call(ctx, "browsingContext.close", map[string]any{"context": w.id}, nil)
}
