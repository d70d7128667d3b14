package embedded

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	client "github.com/nats-io/nats.go"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/nats"
)

// Config of a node. Its zero value is a node that is alone, until another one has it among its Routes.
type Config struct {
	Listen string   // host and port for the servers of the other nodes; default 127.0.0.1:6222
	Routes []string // host and port of each of them; the own address may be among them, and names with several addresses

	// Advertise is the host and port by which the others reach Listen, where they differ, as behind a NAT; default none.
	Advertise string
	Secret    string      // what the nodes know and nobody else, at least 16 bytes; default none: whoever reaches Listen is a node
	TLS       *tls.Config // of the routes in both directions, with a certificate and RootCAs; default none
	Name      string      // of the cluster, the same on all nodes, without spaces; default "htmxlive"

	Subject string       // where the nodes of one application meet, without wildcards; default "htmxlive"
	Pending int          // frames received and not handled yet; one more is a gap; at least 2, default 65536
	Logger  *slog.Logger // default slog.Default()
}

const (
	defaultListen = "127.0.0.1:6222"
	defaultName   = "htmxlive"

	// A route that has been silent for this long, and then for as long again twice, is given up.
	routePing    = 2 * time.Second
	routePings   = 2
	routeRetries = 600 // one a second, to a node that another one has told of

	startTimeout  = 10 * time.Second
	readyEvery    = 50 * time.Millisecond
	minimalSecret = 16
	user          = "htmxlive" // beside the passwords
)

// Broker is a nats.Broker with a server of its own.
type Broker struct {
	*nats.Broker

	server *server.Server
}

var _ live.Broker = (*Broker)(nil)

// Start runs the server of this node and returns when it takes connections, which has nothing to do with the other nodes: they
// may come later.
func Start(ctx context.Context, cfg Config) (*Broker, error) {
	cfg.Logger = cmp.Or(cfg.Logger, slog.Default())
	own := password(rand.Text())
	options, err := cfg.options(own)
	if err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	said := &log{Logger: cfg.Logger}
	s.SetLoggerV2(said, false, false, false)
	s.Start()
	b := &Broker{server: s}
	if err := ready(ctx, s, said); err != nil {
		b.stop()
		return nil, fmt.Errorf("embedded: the server does not start: %w", err)
	}
	b.Broker, err = nats.Connect(ctx, nats.Config{
		Subject: cfg.Subject, Pending: cfg.Pending, Logger: cfg.Logger,
		Options: []client.Option{client.InProcessServer(s), client.UserInfo(user, string(own))},
	})
	if err != nil {
		b.stop()
		return nil, fmt.Errorf("embedded: %w", err)
	}
	return b, nil
}

// ready waits until the server takes connections.
func ready(ctx context.Context, s *server.Server, said *log) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for ctx.Err() == nil {
		if s.ReadyForConnections(readyEvery) {
			return nil
		}
		if err := said.fatal(); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// Close ends the connection and then the server. When it returns receive is not called any more. It may be called twice.
func (b *Broker) Close() {
	b.Broker.Close()
	b.stop()
}

func (b *Broker) stop() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

// password is what a client of the server has to know.
type password string

// Check reports whether a client does.
func (p password) Check(c server.ClientAuthentication) bool {
	return subtle.ConstantTimeCompare([]byte(p), []byte(c.GetOpts().Password)) == 1
}

// options are those of a server whose clients know the password.
func (c Config) options(own password) (*server.Options, error) {
	host, port, err := address(cmp.Or(c.Listen, defaultListen))
	if err != nil {
		return nil, fmt.Errorf("the address to listen on: %w", err)
	}
	if c.Secret != "" && len(c.Secret) < minimalSecret {
		return nil, fmt.Errorf("a secret of %d bytes: at least %d", len(c.Secret), minimalSecret)
	}
	o := &server.Options{
		// The server needs a port for clients, or it makes no routes. It is on loopback alone, and of use to this process alone.
		Host: "127.0.0.1", Port: server.RANDOM_PORT, CustomClientAuthentication: own, NoSigs: true,
		Cluster: server.ClusterOpts{
			Name: cmp.Or(c.Name, defaultName), Host: host, Port: port, Advertise: c.Advertise,
			NoAdvertise:  true, // of that port
			PoolSize:     -1,   // one connection to each node: there is one subject
			PingInterval: routePing, MaxPingsOut: routePings, ConnectRetries: routeRetries,
		},
	}
	if c.Secret != "" {
		o.Cluster.Username, o.Cluster.Password = user, c.Secret
	}
	if c.TLS != nil {
		o.Cluster.TLSConfig = c.TLS.Clone()
		o.Cluster.TLSConfig.ClientAuth = tls.RequireAndVerifyClientCert
		o.Cluster.TLSConfig.ClientCAs = cmp.Or(o.Cluster.TLSConfig.ClientCAs, c.TLS.RootCAs)
	}
	o.Routes, err = c.routes()
	return o, err
}

// routes are the addresses of the other nodes, as the server wants them.
func (c Config) routes() ([]*url.URL, error) {
	routes := make([]*url.URL, 0, len(c.Routes))
	for _, route := range slices.Compact(slices.Sorted(slices.Values(c.Routes))) {
		if _, _, err := address(route); err != nil {
			return nil, fmt.Errorf("a route: %w", err)
		}
		u := &url.URL{Scheme: "nats-route", Host: route}
		if c.Secret != "" {
			u.User = url.UserPassword(user, c.Secret)
		}
		routes = append(routes, u)
	}
	return routes, nil
}

// address takes a host and a port apart.
func address(s string) (host string, port int, err error) {
	host, number, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, err
	}
	if port, err = strconv.Atoi(number); err != nil || port < 1 || port > 65535 {
		return "", 0, errors.New("no port: " + strconv.Quote(s))
	}
	return host, port, nil
}
