package browsertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// webdriver is a session of a driver that speaks W3C WebDriver.
type webdriver struct {
	base   string // of the driver, then of the session
	client *http.Client
}

func newWebDriver(base string) *webdriver {
	return &webdriver{base: base, client: &http.Client{Transport: &http.Transport{}}}
}

// begin waits until the driver listens, and begins a session.
func (d *webdriver) begin(ctx context.Context, dead <-chan struct{}) error {
	for d.call(ctx, http.MethodGet, "/status", nil, nil) != nil {
		select {
		case <-dead:
			return errors.New("ended before it listened")
		default:
		}
		if err := rest(ctx, lookEvery); err != nil {
			return fmt.Errorf("never listened: %w", err)
		}
	}
	var made struct{ SessionID string }
	capabilities := map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{"acceptInsecureCerts": true}}}
	if err := d.call(ctx, http.MethodPost, "/session", capabilities, &made); err != nil {
		return err
	}
	d.base += "/session/" + made.SessionID
	return nil
}

// call sends a command and decodes its answer into result unless that is nil.
func (d *webdriver) call(ctx context.Context, method, path string, params, result any) error {
	if params == nil {
		params = struct{}{}
	}
	body, err := json.Marshal(params)
	if err != nil {
		return err
	}
	if method == http.MethodGet {
		body = nil
	}
	request, err := http.NewRequestWithContext(ctx, method, d.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := d.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct{ Value json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		var failed struct{ Error, Message string }
		_ = json.Unmarshal(answer.Value, &failed)
		return fmt.Errorf("%s: %s: %s", path, failed.Error, failed.Message)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Value, result)
}

func (d *webdriver) close() { d.client.CloseIdleConnections() }

// webkitWindow is a window of a session.
type webkitWindow struct {
	profile *webkitProfile
	handle  string
}

// call sends a command for this window.
func (w *webkitWindow) call(ctx context.Context, method, path string, params, result any) error {
	w.profile.mu.Lock()
	defer w.profile.mu.Unlock()
	if w.profile.current != w.handle {
		if err := w.profile.session.call(ctx, http.MethodPost, "/window", map[string]any{"handle": w.handle}, nil); err != nil {
			return err
		}
		w.profile.current = w.handle
	}
	return w.profile.session.call(ctx, method, path, params, result)
}

func (w *webkitWindow) navigate(ctx context.Context, url string) error {
	if url == "" {
		return w.call(ctx, http.MethodPost, "/refresh", nil, nil)
	}
	return w.call(ctx, http.MethodPost, "/url", map[string]any{"url": url}, nil)
}

// script answers {json} or {thrown}: an exception of the page's is no failure of the driver's.
const script = `const done = arguments[arguments.length - 1];
%s.then((json) => done({ json: json === undefined ? "null" : json }), (thrown) => done({ thrown: String(thrown) }));`

func (w *webkitWindow) evaluate(ctx context.Context, expression string) (json.RawMessage, error) {
	var got struct{ JSON, Thrown string }
	err := w.call(ctx, http.MethodPost, "/execute/async", map[string]any{"script": fmt.Sprintf(script, asJSON(expression)), "args": []any{}}, &got)
	switch {
	case err != nil:
		return nil, err
	case got.Thrown != "":
		return nil, fmt.Errorf("%w: %s", errThrown, got.Thrown)
	}
	return json.RawMessage(got.JSON), nil
}

func (w *webkitWindow) act(ctx context.Context, steps []step) error {
	return w.call(ctx, http.MethodPost, "/actions", map[string]any{"actions": w3cActions(steps)}, nil)
}

// close opens a window for later before it closes the last one: a session ends with its last window.
func (w *webkitWindow) close(ctx context.Context) error {
	if err := w.profile.spare(ctx); err != nil {
		return err
	}
	err := w.call(ctx, http.MethodDelete, "/window", nil, nil)
	w.profile.mu.Lock()
	defer w.profile.mu.Unlock()
	w.profile.current = ""
	return err
}
