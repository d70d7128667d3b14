package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// A site is everything that serves.
type site struct {
	server *http.Server
	keeper *live.Keeper
	log    *slog.Logger
	drain  time.Duration // how long streams and requests may take to end
}

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	server := &http.Server{
		Handler: handler, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), Protocols: new(http.Protocols),
		ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute,
		// No ReadTimeout and no WriteTimeout: they would cut every stream. The handler sets deadlines for forms and for
		// answers, and streams have one for each write.
	}
	// Without this a connection of HTTP/2 that takes nothing any more holds up its streams whatever deadline they have.
	server.HTTP2 = &http.HTTP2Config{WriteByteTimeout: 15 * time.Second}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true) // for a proxy that speaks it; browsers want TLS before they use HTTP/2
	return server
}

// serve answers requests until ctx ends, and then closes. Work runs beside it and ends with ctx.
func (s site) serve(ctx context.Context, listener net.Listener, work func(context.Context) error) (err error) {
	var group sync.WaitGroup
	failed := make(chan error, 2)
	ctx, cancel := context.WithCancel(ctx)
	defer group.Wait()
	defer cancel()
	group.Go(func() {
		if err := work(ctx); err != nil {
			failed <- err
		}
	})
	group.Go(func() {
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	})
	s.log.Info("helpdesk is open", "url", "http://"+listener.Addr().String())
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	cancel()
	return errors.Join(err, s.close(context.WithoutCancel(ctx)))
}

// close makes readiness fail, tells the streams to come back in a moment, ends them in batches, and stops the server when
// nothing is open any more. A client that sends and reads nothing is not waited for longer than anybody else.
func (s site) close(ctx context.Context) error {
	s.log.Info("draining")
	ctx, end := context.WithTimeout(ctx, s.drain)
	defer end()
	err := s.keeper.Close(ctx)
	stopped := s.server.Shutdown(ctx)
	if errors.Is(stopped, context.DeadlineExceeded) {
		s.log.Warn("connections are cut: their clients neither sent a request to its end nor read its answer", "drain", s.drain)
		stopped = s.server.Close()
	}
	return errors.Join(err, stopped)
}
