package adapter

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/htmxlive/htmxlive/views"
)

// Handler is what all live pages of an application have in common. An adapter makes one for each use of its middleware.
type Handler struct {
	cfg    Config
	sealer *sealer
	tokens *tokenStore
	script http.Handler
	warned warnings
	reader *reader

	opening atomic.Int64 // streams with a handler that still runs
}

// New makes a Handler. An error is a wiring mistake, in a sentence.
func New(cfg Config) (*Handler, error) {
	if cfg.Keeper == nil {
		return nil, errors.New("middleware: Config.Keeper is missing: make one with live.NewKeeper")
	}
	if cfg.Store == nil {
		return nil, errors.New("middleware: Config.Store is missing: give any gorilla/sessions store")
	}
	warnings, nodeWarnings := checkStore(cfg.Store), checkNodes(cfg)
	cfg = cfg.withDefaults()
	for _, w := range warnings {
		cfg.Logger.Warn("middleware: the session cookie is not as safe as it could be", "why", w)
	}
	if cfg.Keeper.HasBroker() {
		for _, w := range nodeWarnings {
			cfg.Logger.Warn("middleware: there are other nodes, and something is of this process alone", "why", w)
		}
	}
	sealer, err := newSealer(cfg.Keys)
	if err != nil {
		return nil, err
	}
	if cfg.Development {
		cfg.Keeper.ShowRowErrors()
		cfg.Keeper.CheckEvery(checkInterval)
	}
	h := &Handler{cfg: cfg, sealer: sealer, tokens: newTokenStore(), script: Script()}
	h.reader = newReader(&h.cfg)
	cfg.Health.add(h.reader)
	return h, nil
}

// Begin takes a request in: it takes the stream token out of its URL and finds out what it asks for. Answers are written
// to w, which must be able to flush. Begin comes before anything that reads the session or guards pages. It returns nil
// when the request is in the hands of another Begin already: then an adapter does nothing but call what comes next.
func (h *Handler) Begin(w http.ResponseWriter, r *http.Request) *Request {
	if requestIn(r.Context()) != nil {
		h.warnOnce(r, "the middleware stands twice around this route: register it once. The inner one does nothing")
		return nil
	}
	q := &Request{handler: h, w: w}
	q.refusal = q.read(r)
	q.r = r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
	return q
}

// Script serves the optional script of htmxlive, for a route of its own. Config.ScriptPath makes that unnecessary.
func Script() http.Handler { return serveScript(views.Script()) }

type requestKey struct{}

// ErrNoLive is a wiring mistake that only a request can show.
var ErrNoLive = errors.New("middleware: this route is not behind middleware.Live; register it around all live pages")

// ErrNoPage is what a Handler's function gets wrong that returns nothing at all.
var ErrNoPage = errors.New("middleware: the handler returned neither a page nor an error, and has not answered by itself")

// From is the request of a handler. Without Live around the route there is none: that is logged, because a router answers
// the error, ErrNoLive, with a bare 500.
func From(r *http.Request) (*Request, error) {
	if r == nil {
		return nil, ErrNoLive
	}
	if q := requestIn(r.Context()); q != nil {
		return q, nil
	}
	slog.ErrorContext(r.Context(), "middleware: a page could not be loaded", "method", r.Method, "path", r.URL.Path, "error", ErrNoLive)
	return nil, ErrNoLive
}

func requestIn(ctx context.Context) *Request {
	q, _ := ctx.Value(requestKey{}).(*Request)
	return q
}
