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

// drainPeriod is how long streams and requests may take to end.
const drainPeriod = 10 * time.Second

// serve answers requests until ctx ends. Then readiness fails, the streams are told to come back in a moment and end in
// batches, and the server stops when nothing is open any more. Work runs beside it and ends with ctx.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, keeper *live.Keeper, log *slog.Logger, work func(context.Context) error) (err error) {
	server := &http.Server{
		Handler: handler, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), Protocols: new(http.Protocols),
		ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute,
		// No ReadTimeout and no WriteTimeout: they would cut every stream. Streams have a deadline for each write
		// instead, and forms one for their body.
	}
	// Without this a connection of HTTP/2 that takes nothing any more holds up its streams whatever deadline they have.
	server.HTTP2 = &http.HTTP2Config{WriteByteTimeout: 15 * time.Second}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true) // for a proxy that speaks it; browsers want TLS before they use HTTP/2

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
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	})
	log.Info("helpdesk is open", "url", "http://"+listener.Addr().String())
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	cancel()
	log.Info("draining")
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), drainPeriod)
	defer end()
	return errors.Join(err, keeper.Close(ctx), server.Shutdown(ctx))
}
