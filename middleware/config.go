package middleware

import (
	"cmp"
	"crypto/rand"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

// Config of the middleware. Keeper and Store are required.
type Config struct {
	Skipper echomiddleware.Skipper // requests that are none of ours; default: none
	Keeper  *live.Keeper
	Store   sessions.Store

	// SessionName is the name of the session (of its cookie); default "htmxlive".
	SessionName string
	// Keys are secrets of at least 16 bytes that seal stream tokens and ids: the first seals, all open, so
	// keys rotate. Nodes share them. Default: one random key, with which a page that comes back to another
	// process is sent afresh.
	Keys [][]byte
	// Client tells the generation of htmx that the page runs; default: 4 if the request says so, else 2.
	Client func(c echo.Context) views.Client
	// Param is the query parameter of the stream token; default "live".
	Param string
	// Element is the id of the element that connects the page to its stream; default "live".
	Element string
	// Scripts is what {{.Live.Scripts}} (views.ScriptsSlot) writes: where the page loads htmx from. Its Script is ScriptPath
	// and its Nonce that of views.WithNonce, where they are not set. Default: Client.Files from the root of the site.
	Scripts views.Scripts
	// ScriptPath is the path at which the middleware serves the optional script, views.Script; default "/htmxlive.js".
	ScriptPath string
	// Stream sets heartbeat, write timeout, maximum age and retry of the streams. Retry defaults to 2 s and
	// is spread by half, so that the pages of a node that vanished do not come back together.
	Stream sse.Config
	// MaxOpening is how many streams may be opening at the same time, which is while their handlers run. More
	// are told to come back after one to five seconds. Default 1000.
	MaxOpening int
	// Revocations remembers ended sessions; default: in this process. Several nodes share one.
	Revocations Revocations
	// Logger gets what the browser is not told; default slog.Default().
	Logger *slog.Logger
}

// Live is the middleware with its defaults. It panics if keeper or store is missing.
func Live(keeper *live.Keeper, store sessions.Store) echo.MiddlewareFunc {
	return LiveWithConfig(Config{Keeper: keeper, Store: store})
}

// LiveWithConfig is [Config.ToMiddleware] that panics on a wiring mistake.
func LiveWithConfig(cfg Config) echo.MiddlewareFunc {
	m, err := cfg.ToMiddleware()
	if err != nil {
		panic(err.Error())
	}
	return m
}

// ToMiddleware makes the middleware. Register it before what reads the session and guards pages, so
// that the session of a revoked login is empty there.
func (cfg Config) ToMiddleware() (echo.MiddlewareFunc, error) {
	if cfg.Keeper == nil {
		return nil, errors.New("middleware: Config.Keeper is missing: make one with live.NewKeeper")
	}
	if cfg.Store == nil {
		return nil, errors.New("middleware: Config.Store is missing: give any gorilla/sessions store")
	}
	warnings := checkStore(cfg.Store)
	cfg = cfg.withDefaults()
	for _, w := range warnings {
		cfg.Logger.Warn("middleware: the session cookie is not as safe as it could be", "why", w)
	}
	seal, err := newSealer(cfg.Keys)
	if err != nil {
		return nil, err
	}
	m := &pages{cfg: cfg, seal: seal, boot: newBoot()}
	return m.middleware, nil
}

func (cfg Config) withDefaults() Config {
	if cfg.Skipper == nil {
		cfg.Skipper = echomiddleware.DefaultSkipper
	}
	if cfg.SessionName == "" {
		cfg.SessionName = "htmxlive"
	}
	if len(cfg.Keys) == 0 {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		cfg.Keys = [][]byte{key}
	}
	if cfg.Client == nil {
		cfg.Client = clientOf
	}
	if cfg.Param == "" {
		cfg.Param = "live"
	}
	if cfg.Element == "" {
		cfg.Element = "live"
	}
	cfg.ScriptPath = cmp.Or(cfg.ScriptPath, "/"+views.ScriptName)
	cfg.Scripts.Script = cmp.Or(cfg.Scripts.Script, cfg.ScriptPath)
	if cfg.Stream.Retry == 0 {
		cfg.Stream.Retry = 2 * time.Second
	}
	if cfg.MaxOpening == 0 {
		cfg.MaxOpening = 1000
	}
	if cfg.Stream.MaxAge == 0 {
		cfg.Stream.MaxAge = 10 * time.Minute
	}
	if cfg.Stream.Rand == nil {
		cfg.Stream.Rand = mathrand.Float64
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Revocations == nil {
		cfg.Revocations = &Memory{}
	}
	return cfg
}

// checkStore finds what makes a cookie store less safe than its owner may think.
func checkStore(store sessions.Store) (warnings []string) {
	cookies, ok := store.(*sessions.CookieStore)
	if !ok || cookies.Options == nil {
		return nil
	}
	if !cookies.Options.HttpOnly {
		warnings = append(warnings, "scripts can read it: set Options.HttpOnly on the store")
	}
	if cookies.Options.SameSite == 0 || cookies.Options.SameSite == 4 {
		warnings = append(warnings, "it is sent with requests of other sites: set Options.SameSite to http.SameSiteLaxMode")
	}
	return warnings
}
