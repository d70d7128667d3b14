package browsertest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"
)

// Intercept makes this person's browser get what lies under origin ("https://cdn.example") from handler: no such request
// leaves the machine. It is for the pages that the person opens afterwards.
func (p *Person) Intercept(origin string, handler http.Handler) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.origin, p.handler = origin, handler
}

// interceptor answers the requests of one page that the browser has stopped for it.
type interceptor struct {
	origin  string
	handler http.Handler
	ctx     context.Context // the page's
	answers sync.WaitGroup
}

// enable is the action that makes the browser stop requests.
func (i *interceptor) enable() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		params := fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: i.origin + "/*"}}}
		_, err := cdp.Call(ctx, target, fetch.Enable, params)
		return err
	})
}

// see takes the stopped requests from the page's events. It runs on the goroutine that reads them, which must go on reading
// while the answer is sent.
func (i *interceptor) see(event any) {
	if stopped, ok := event.(*fetch.EventRequestPaused); ok {
		i.answers.Go(func() { i.answer(stopped) })
	}
}

func (i *interceptor) answer(stopped *fetch.EventRequestPaused) {
	request, err := http.NewRequestWithContext(i.ctx, stopped.Request.Method, stopped.Request.URL, http.NoBody)
	if err != nil {
		return
	}
	w := httptest.NewRecorder()
	i.handler.ServeHTTP(w, request)
	params := fetch.FulfillRequestParams{RequestID: stopped.RequestID, ResponseCode: int64(w.Code), Body: w.Body.Bytes()}
	for name, values := range w.Header() {
		for _, value := range values {
			params.ResponseHeaders = append(params.ResponseHeaders, &fetch.HeaderEntry{Name: name, Value: value})
		}
	}
	// A page that closes meanwhile needs no answer.
	_ = chromedp.Do(i.ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, fetch.FulfillRequest, params)
		return err
	}))
}
