package adapter

import (
	"cmp"
	"crypto/rand"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

// The defaults of Config.
const (
	DefaultSessionName = "htmxlive"
	DefaultParam       = "live"
	DefaultElement     = "live"
	DefaultScriptPath  = "/" + views.ScriptName
	DefaultRetry       = 2 * time.Second
	DefaultMaxAge      = 10 * time.Minute
	DefaultMaxOpening  = 1000
	DefaultMaxURL      = 8 << 10
	DefaultMaxParams   = 256

	DefaultRevocationInterval = 3 * time.Second
	DefaultRevocationGrace    = time.Minute
	DefaultLookupTimeout      = 2 * time.Second
	DefaultFreshFor           = 10 * time.Second
)

// checkInterval is how often Development has queries checked that do not set live.Config.CheckInterval.
const checkInterval = 10 * time.Second

// Config of a Handler. Keeper and Store are required; a zero field takes its default.
type Config struct {
	Keeper *live.Keeper
	Store  sessions.Store // any of gorilla/sessions

	// SessionName is the name of the session (of its cookie); default "htmxlive".
	SessionName string
	// Keys are secrets of at least 16 bytes that seal stream tokens and ids: the first seals, all open, so
	// keys rotate. Nodes share them. Default: one random key, with which a page that comes back to another
	// process is sent afresh.
	Keys [][]byte
	// Client tells the generation of htmx that the page runs; default: 4 if the request says so, else 2.
	Client func(r *http.Request) views.Client
	// Param is the query parameter of the stream token; default "live".
	Param string
	// Element is the id of the element that connects the page to its stream; default "live".
	Element string
	// ScriptPath is where a GET finds the optional script of htmxlive; default "/htmxlive.js". Live answers it, so it must
	// stand around the whole application: on a group or a route only, that path is a 404 which {{.Live.Scripts}} names,
	// until a route of its own leads there to Script(). A text that does not begin with a slash, such as "-", serves it
	// nowhere.
	ScriptPath string
	// Scripts is what {{.Live.Scripts}} (views.ScriptsSlot) writes into a page: where it loads htmx from. Default:
	// views.Client.Files from the root of the site, which the application serves; views.Scripts{CDN: true} needs nothing
	// served. Where Scripts does not say them, Script is ScriptPath and Nonce is that of views.WithNonce.
	Scripts views.Scripts
	// Stream sets heartbeat, write timeout, maximum age and retry of the streams. Retry defaults to 2 s and
	// is spread by half, so that the pages of a node that vanished do not come back together.
	Stream sse.Config
	// MaxOpening is how many streams may be opening at the same time, which is while their handlers run. More
	// are told to come back after one to five seconds. Default 1000.
	MaxOpening int
	// MaxURL is how many bytes the path and query of a GET or HEAD may have, as they came and as the page writes them (escaped),
	// the stream token apart; default 8 KiB. A longer one is answered with 414: an open page holds it.
	// A form may be sent to a longer one, unless the answer is a live page.
	MaxURL int
	// MaxParams is how many query parameters a GET or HEAD may have, the stream token apart; default 256. More are answered with
	// 400.
	MaxParams int
	// Revocations remembers ended sessions and kicks; default: a MemoryRevocations. Several nodes share one. A request that
	// cannot look up its session is answered with 503, and an open page that comes back is asked to try again.
	Revocations Revocations
	// RevocationInterval is how often a node that has streams reads what any node has revoked; default 3 s. It is one query,
	// and there is none of a *MemoryRevocations, which no other node writes.
	RevocationInterval time.Duration
	// RevocationGrace is how long a stream lives on while Revocations cannot be read; default 1 minute. Then it is asked to
	// come back after one to five seconds, until its session can be looked up again.
	RevocationGrace time.Duration
	// LookupTimeout is for one look-up or reading of Revocations; default 2 s.
	LookupTimeout time.Duration
	// TransactionTimeout is the longest that what is revoked may take to be readable, as [live.Config] has it: a reading
	// goes back so far behind the one before, and Revocations.Revoke is given so long. Default: the keeper's.
	TransactionTimeout time.Duration
	// FreshFor is for how long a browser that has written (POST, PUT, PATCH, DELETE) trusts no shared result that was fetched
	// before it asks: the node that answers may not have heard of the change yet. It is told by a cookie, SessionName and
	// "-wrote", which is set where the keeper has a Broker. Default 10 s; negative: there is no cookie.
	FreshFor time.Duration
	// Health is filled in: it says how the middleware does. Nil: nobody asks.
	Health *Health
	// Development shows the text of an error in the page, also in the place of a row that cannot be rendered, and looks for
	// mistakes in each page that is rendered. The keeper fetches each query every ten seconds to find changes that nobody
	// publishes ([live.Keeper.CheckEvery]).
	// Never set it where strangers look: errors tell what nobody else should read.
	Development bool
	// Logger gets what the browser is not told; default slog.Default().
	Logger *slog.Logger

	// StatusOf is an adapter's: the HTTP status that an error of its router means, 0 for an error that is none of its
	// router's. Default: what the error's method StatusCode() int says.
	StatusOf func(err error) int
	// ErrorHandler is for routers that have none of their own: it answers a handler's error, with the status of it and a
	// sentence that may be shown. Default: that sentence as plain text. Adapters of routers
	// that get the errors of handlers leave it nil.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err *Error)
}

func (cfg Config) withDefaults() Config {
	cfg.SessionName = cmp.Or(cfg.SessionName, DefaultSessionName)
	cfg.Param = cmp.Or(cfg.Param, DefaultParam)
	cfg.Element = cmp.Or(cfg.Element, DefaultElement)
	cfg.ScriptPath = cmp.Or(cfg.ScriptPath, DefaultScriptPath)
	if strings.HasPrefix(cfg.ScriptPath, "/") {
		cfg.Scripts.Script = cmp.Or(cfg.Scripts.Script, cfg.ScriptPath)
	}
	cfg.Stream.Retry = cmp.Or(cfg.Stream.Retry, DefaultRetry)
	cfg.Stream.MaxAge = cmp.Or(cfg.Stream.MaxAge, DefaultMaxAge)
	cfg.MaxOpening = cmp.Or(cfg.MaxOpening, DefaultMaxOpening)
	cfg.MaxURL = cmp.Or(cfg.MaxURL, DefaultMaxURL)
	cfg.MaxParams = cmp.Or(cfg.MaxParams, DefaultMaxParams)
	cfg.FreshFor = cmp.Or(cfg.FreshFor, DefaultFreshFor)
	if len(cfg.Keys) == 0 {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		cfg.Keys = [][]byte{key}
	}
	if cfg.Client == nil {
		cfg.Client = clientOf
	}
	if cfg.Stream.Rand == nil {
		cfg.Stream.Rand = mathrand.Float64
	}
	if cfg.Revocations == nil {
		cfg.Revocations = &MemoryRevocations{}
	}
	return cfg.withRevocationDefaults().withHooks()
}

// withRevocationDefaults fills in what a kick needs, which a Config can do before there is a Handler.
func (cfg Config) withRevocationDefaults() Config {
	cfg.RevocationInterval = positive(cfg.RevocationInterval, DefaultRevocationInterval)
	cfg.RevocationGrace = positive(cfg.RevocationGrace, DefaultRevocationGrace)
	cfg.LookupTimeout = cmp.Or(cfg.LookupTimeout, DefaultLookupTimeout)
	cfg.TransactionTimeout = positive(cfg.TransactionTimeout, cfg.Keeper.TransactionTimeout())
	cfg.Logger = cmp.Or(cfg.Logger, slog.Default())
	return cfg
}

// positive is a duration, or another one where it is none that can be waited.
func positive(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// withHooks fills in what adapters may set.
func (cfg Config) withHooks() Config {
	if cfg.StatusOf == nil {
		cfg.StatusOf = func(err error) int {
			if coded, ok := errors.AsType[interface {
				error
				StatusCode() int
			}](err); ok {
				return coded.StatusCode()
			}
			return 0
		}
	}
	if cfg.ErrorHandler == nil {
		cfg.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err *Error) {
			http.Error(w, err.Message, err.Status)
		}
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
	if cookies.Options.SameSite == 0 || cookies.Options.SameSite == http.SameSiteNoneMode {
		warnings = append(warnings, "it is sent with requests of other sites: set Options.SameSite to http.SameSiteLaxMode")
	}
	return warnings
}
