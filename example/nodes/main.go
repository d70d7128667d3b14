// The guest book of example/guestbook on several nodes, with a login. They share PostgreSQL, NATS and a secret, and nothing else: any
// node answers any request. Nothing is subscribed to and nothing is published. Two of them, with one secret in the environment:
//
//	export NODES_KEY=$(openssl rand -hex 32)
//	go run ./example/nodes -addr 127.0.0.1:8081 -db postgres://user@host/guests -nats nats://127.0.0.1:4222
//	go run ./example/nodes -addr 127.0.0.1:8082 -db postgres://user@host/guests -nats nats://127.0.0.1:4222
//
// Log in at one, open the other as well (a cookie is for all ports of a host), and sign. docs/cluster.md has proxies to put before them.
package main

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/nats"
	"github.com/htmxlive/htmxlive/live/postgres"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

type config struct {
	addr, db, nats, key string
	delay               time.Duration
}

func main() {
	var cfg config
	flag.StringVar(&cfg.addr, "addr", "127.0.0.1:8080", "address to listen on")
	flag.StringVar(&cfg.db, "db", "", "URL of the PostgreSQL database (default: what PGHOST and its like say)")
	flag.StringVar(&cfg.nats, "nats", "nats://127.0.0.1:4222", "URL of the NATS server, or of several, separated by commas")
	flag.StringVar(&cfg.key, "key", "", "secret of all nodes, at least 32 random bytes as hex or text (default: $NODES_KEY, which ps does not show)")
	flag.DurationVar(&cfg.delay, "drain-delay", 2*time.Second, "how long /readyz fails before anything ends, for a proxy to notice")
	flag.Parse()
	cfg.key = cmp.Or(cfg.key, os.Getenv("NODES_KEY"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.addr)
	if err == nil {
		err = run(ctx, cfg, listener)
	}
	if err != nil {
		slog.Error("the node ends", "error", err)
		os.Exit(1)
	}
}

// A node is one process of the site.
type node struct {
	keeper  *live.Keeper
	pool    *pgxpool.Pool
	health  middleware.Health
	leaving atomic.Bool // requests should go elsewhere
}

// run serves until ctx ends. A broker or a database that is away is an error at the start, and the process manager tries again (the
// helpdesk does it by itself); later, both may go and come back.
func run(ctx context.Context, cfg config, listener net.Listener) error {
	defer listener.Close()
	if len(cfg.key) < 32 {
		return errors.New("-key: it needs at least 32 bytes, the same on all nodes")
	}
	broker, err := nats.Connect(ctx, nats.Config{URL: cfg.nats})
	if err != nil {
		return err
	}
	defer broker.Close() // last of all: until then the others are told of what is committed here
	keeper := live.NewKeeper(live.Config{Broker: broker})
	pool, err := openPool(ctx, cfg.db, keeper)
	if err != nil {
		return errors.Join(err, keeper.Close(context.WithoutCancel(ctx)))
	}
	defer pool.Close()
	n := &node{keeper: keeper, pool: pool}
	return n.serve(ctx, n.routes(cfg.key), listener, cfg.delay)
}

// serve answers until ctx ends. Then the proxy sends requests elsewhere, the streams are told to come back, and they find another node.
func (n *node) serve(ctx context.Context, handler http.Handler, listener net.Listener, delay time.Duration) (err error) {
	// A ReadTimeout or WriteTimeout would cut the streams, which have a deadline for each write.
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	slog.Info("the node serves", "url", "http://"+listener.Addr().String())
	select {
	case err = <-failed:
	case <-ctx.Done():
		n.leaving.Store(true)
		time.Sleep(delay)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, n.keeper.Close(ctx), server.Shutdown(ctx), server.Close()) // in this order: Shutdown waits for streams
}

// schema is made by the first node. The lock has two that start together do it one after the other.
const schema = `SELECT pg_advisory_xact_lock(hashtext('example/nodes'));
CREATE TABLE IF NOT EXISTS guests (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL, line text NOT NULL CHECK (length(line) BETWEEN 1 AND 200));
CREATE TABLE IF NOT EXISTS revocations (key text PRIMARY KEY, at timestamptz NOT NULL, until timestamptz NOT NULL);
CREATE INDEX IF NOT EXISTS revocations_at ON revocations (at);
CREATE INDEX IF NOT EXISTS revocations_until ON revocations (until)`

// openPool opens the database. What a fetch reads through the pool is followed, what is committed through it is told to all nodes.
func openPool(ctx context.Context, url string, keeper *live.Keeper) (*pgxpool.Pool, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	pool, err := postgres.Watch{Keeper: keeper, PublishWrites: true}.NewPool(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if _, err := pool.Exec(ctx, schema); err != nil {
		pool.Close()
		return nil, fmt.Errorf("make the tables: %w", err)
	}
	return pool, nil
}

// routes are the site. What is made of the secret is the same on all nodes.
func (n *node) routes(secret string) http.Handler {
	e := echo.New()
	e.Use(middleware.LiveWithConfig(middleware.Config{
		Keeper: n.keeper, Scripts: views.Scripts{CDN: true},
		Store:       middleware.CookieStore(derive(secret, "sessions")), // with TLS, set Options.Secure on it as well
		Keys:        [][]byte{derive(secret, "streams")},
		Revocations: revocations{n.pool}, Health: &n.health,
	}))
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }) // asks nobody: a restart brings no database back
	e.GET("/readyz", n.ready)
	e.GET("/", middleware.Handler(n.guestBook()))
	e.POST("/", n.sign)
	e.GET("/login", func(c echo.Context) error { return c.HTML(http.StatusOK, loginText) })
	e.POST("/login", login)
	e.POST("/logout", logout)
	return http.NewCrossOriginProtection().Handler(e)
}

// derive makes a key for one purpose of the secret.
func derive(secret, purpose string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

// ready tells the proxy whether requests should come here. With ?broker=ignore it does not matter whether other nodes are heard: for a
// proxy that would rather have pages that may be stale than none when NATS itself is away.
func (n *node) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), time.Second)
	defer cancel()
	err := errors.Join(n.pool.Ping(ctx), n.health.Check(ctx))
	if away := n.keeper.Stats().Away; away > 10*time.Second && c.QueryParam("broker") != "ignore" { // most outages are shorter, and pages catch up
		err = errors.Join(err, fmt.Errorf("other nodes were not heard for %s", away))
	}
	switch {
	case n.leaving.Load():
		return c.String(http.StatusServiceUnavailable, "draining\n")
	case err != nil:
		slog.WarnContext(ctx, "the node is not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return c.String(http.StatusOK, "ready\n")
}

const loginText = `<!doctype html><html lang="en"><title>Guest book</title><h1>Who are you?</h1>
<form method="post"><label>Name <input name="name" maxlength="50" required></label> <button>Log in</button></form>`

const pageText = `<!doctype html><html lang="en"><title>Guest book</title>{{.Live.Scripts}}<h1>Guest book</h1>
<form method="post" id="sign"><label>{{.Data}}: <input name="line" maxlength="200" required></label> <button>Sign</button></form>
<ul id="guestbook">{{.Live.Fragment "guestbook"}}</ul>
<form method="post" id="logout" action="/logout"><button>Log out</button></form>{{.Live.Connect}}
{{define "guest"}}<li id="guest-{{.ID}}">{{.Name}}: {{.Line}}</li>{{end}}`

type guest struct {
	ID         int64
	Name, Line string
}

// guestBook is the live page. All who are logged in share one query, which is fetched once for all of them on a node.
func (n *node) guestBook() func(c echo.Context, s *live.Socket) (views.Component, error) {
	page := template.Must(template.New("page").Parse(pageText))
	newest := live.Share(n.keeper, "newest", func(struct{}) live.ListQuery[guest, int64] {
		return live.ListQuery[guest, int64]{
			Fetch: func(ctx context.Context) ([]guest, error) { // what it reads with this ctx is followed
				rows, _ := n.pool.Query(ctx, "SELECT id, name, line FROM guests ORDER BY id DESC LIMIT 100") // CollectRows has the error
				return pgx.CollectRows(rows, pgx.RowToStructByPos[guest])
			},
			Key:       func(g guest) int64 { return g.ID },
			Fragments: views.Fragments(views.Rows{ID: "guestbook", Prefix: "guest-", Row: views.Named(page, "guest")}),
			Results:   live.ResultsLose, // new rows are shown; the default updates only those that are there
		}
	})
	return func(c echo.Context, s *live.Socket) (views.Component, error) {
		user := middleware.User(c)
		if user == "" {
			return nil, c.Redirect(http.StatusSeeOther, "/login")
		}
		_, err := live.KeepList(s, "newest", newest.With("guests", struct{}{})) // for those with a login
		return views.Template(page, "page", user), err
	}
}

func (n *node) sign(c echo.Context) error {
	user := middleware.User(c)
	if user == "" {
		return c.Redirect(http.StatusSeeOther, "/login")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), 5*time.Second) // a browser that leaves ends no commit
	defer cancel()
	if _, err := n.pool.Exec(ctx, "INSERT INTO guests (name, line) VALUES ($1, $2)", user, c.FormValue("line")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/")
}

// login believes everybody. A site asks for a password first.
func login(c echo.Context) error {
	name := strings.TrimSpace(c.FormValue("name"))
	if name == "" || len(name) > 200 {
		return echo.NewHTTPError(http.StatusUnprocessableEntity, "a name has 1 to 200 bytes")
	}
	if err := middleware.RotateSession(c); err != nil {
		return err
	}
	if err := middleware.SetUser(c, name); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/")
}

// logout ends the session's streams on all nodes, and its cookie for good.
func logout(c echo.Context) error {
	if err := middleware.Revoke(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/login")
}

// revocations remembers ended sessions for all nodes. Times are compared with the database's clock, for those of the nodes differ:
// with now(), because clock_timestamp() would use no index. A Revoke shows within the keeper's TransactionTimeout, as readings expect:
// the pool has the server end what takes longer.
type revocations struct{ pool *pgxpool.Pool }

// Revoke remembers a key, and forgets those that are past their time.
func (r revocations) Revoke(ctx context.Context, key string, until time.Time) error {
	if _, err := r.pool.Exec(ctx, "DELETE FROM revocations WHERE until <= now()"); err != nil {
		return err
	}
	_, err := r.pool.Exec(ctx, `INSERT INTO revocations (key, at, until) VALUES ($1, clock_timestamp(), $2)
		ON CONFLICT (key) DO UPDATE SET at = excluded.at, until = excluded.until`, key, until)
	return err
}

func (r revocations) Lookup(ctx context.Context, keys ...string) ([]middleware.Revocation, error) {
	rows, _ := r.pool.Query(ctx, "SELECT key, at, until FROM revocations WHERE key = ANY($1) AND until > now()", keys)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[middleware.Revocation])
}

func (r revocations) Recent(ctx context.Context, age time.Duration) ([]middleware.Revocation, error) {
	rows, _ := r.pool.Query(ctx, "SELECT key, at, until FROM revocations WHERE at >= now() - $1::interval AND until > now() ORDER BY at", age)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[middleware.Revocation])
}
