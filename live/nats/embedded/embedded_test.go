package embedded_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/nats/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a node until the test ends.
func start(t *testing.T, cfg embedded.Config) *embedded.Broker {
	t.Helper()
	cfg.Logger = slog.New(slog.DiscardHandler)
	b, err := embedded.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// meet waits until the server of each node knows that all of them listen.
func meet(t *testing.T, subject string, nodes ...*embedded.Broker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, b := range nodes {
		for b.Interest(subject) != len(nodes) {
			if ctx.Err() != nil {
				t.Fatalf("a node knows of %d nodes, want %d", b.Interest(subject), len(nodes))
			}
			runtime.Gosched()
		}
	}
}

// free is an address that nobody listens on now.
func free(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// TestStories: a connection within the process cannot be cut.
func TestStories(t *testing.T) {
	type cluster struct {
		addresses []string
		nodes     []*embedded.Broker
	}
	clusters := map[string]*cluster{}
	livetest.Broker(t, func(t *testing.T) livetest.Node {
		c := clusters[t.Name()]
		if c == nil {
			c = &cluster{}
			clusters[t.Name()] = c
		}
		c.addresses = append(c.addresses, free(t))
		b := start(t, embedded.Config{Listen: c.addresses[len(c.addresses)-1], Routes: c.addresses})
		c.nodes = append(c.nodes, b)
		meet(t, "htmxlive", c.nodes...)
		return livetest.Node{Broker: b, Close: b.Close}
	})
}

// TestThree: nodes come in any order, one is gone and comes back.
func TestThree(t *testing.T) {
	addresses := []string{free(t), free(t), free(t)}
	node := func(i int) *embedded.Broker {
		return start(t, embedded.Config{Listen: addresses[i], Routes: addresses, Secret: strings.Repeat("secret", 3), Subject: "desk"})
	}
	a, b, c := node(0), node(1), node(2)
	meet(t, "desk", a, b, c)
	atA, atB, atC := livetest.Listen(t, a), livetest.Listen(t, b), livetest.Listen(t, c)
	livetest.Publish(t, a, "one")
	atB.Await(t, "one")
	atC.Await(t, "one")

	b.Close()
	livetest.Publish(t, c, "two")
	atA.Await(t, "two")

	b = node(1)
	meet(t, "desk", a, b, c)
	atB = livetest.Listen(t, b)
	livetest.Publish(t, c, "three")
	atA.Await(t, "three")
	atB.Await(t, "three")
	livetest.Publish(t, b, "four")
	atA.Await(t, "four")
	atC.Await(t, "four")
	atB.Silent(t) // a node does not hear itself
}

// TestAStrangerIsNoNode: one with another secret, and one with none.
func TestAStrangerIsNoNode(t *testing.T) {
	first, second := free(t), free(t)
	a := start(t, embedded.Config{Listen: first, Secret: strings.Repeat("a", 16)})
	b := start(t, embedded.Config{Listen: second, Routes: []string{first}, Secret: strings.Repeat("a", 16)})
	for _, secret := range []string{"", strings.Repeat("b", 16)} {
		stranger := start(t, embedded.Config{Listen: free(t), Routes: []string{first, second}, Secret: secret})
		heard := livetest.Listen(t, stranger)
		meet(t, "htmxlive", a, b)
		livetest.Publish(t, a, "tickets")
		heard.Silent(t)
		if n := stranger.Interest("htmxlive"); n != 1 {
			t.Errorf("a stranger with the secret %q knows of %d nodes", secret, n)
		}
		stranger.Close()
	}
}

func TestTLS(t *testing.T) {
	ours, others := certificate(t), certificate(t)
	first := free(t)
	a := start(t, embedded.Config{Listen: first, TLS: ours})
	b := start(t, embedded.Config{Listen: free(t), Routes: []string{first}, TLS: ours})
	meet(t, "htmxlive", a, b)
	heard := livetest.Listen(t, b)
	for _, config := range []*tls.Config{nil, others} {
		stranger := start(t, embedded.Config{Listen: free(t), Routes: []string{first}, TLS: config})
		livetest.Publish(t, stranger, "forged")
		livetest.Publish(t, a, "tickets")
		heard.Await(t, "tickets")
		stranger.Close()
	}
}

// certificate makes the certificate of a node, which is its own authority.
func certificate(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	authorities := x509.NewCertPool()
	authorities.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, RootCAs: authorities}
}

func TestStartingFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, cfg := range map[string]embedded.Config{
		"an address in use": {Listen: taken.Addr().String()},
		"no port":           {Listen: "127.0.0.1"},
		"a bad port":        {Listen: "127.0.0.1:0"},
		"a bad route":       {Listen: free(t), Routes: []string{"127.0.0.1"}},
		"a short secret":    {Listen: free(t), Secret: "short"},
		"a bad subject":     {Listen: free(t), Subject: "a b"},
		"a bad name":        {Listen: free(t), Name: "a b"},
	} {
		cfg.Logger = slog.New(slog.DiscardHandler)
		began := time.Now()
		if b, err := embedded.Start(t.Context(), cfg); err == nil {
			b.Close()
			t.Errorf("%s: started", name)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: found after %v", name, took)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if b, err := embedded.Start(ctx, embedded.Config{Listen: free(t)}); err == nil {
		b.Close()
		t.Error("started under a context that has ended")
	}
}

// TestTheZeroConfig: nothing has to be said.
func TestTheZeroConfig(t *testing.T) {
	if listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(6222)); err != nil {
		t.Skip("the default port is in use")
	} else {
		listener.Close()
	}
	b := start(t, embedded.Config{})
	livetest.Publish(t, b, "tickets")
	if !b.Connected() {
		t.Error("a node that is alone is not connected")
	}
	b.Close()
	b.Close()
}
