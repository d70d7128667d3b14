package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// A site is everything that serves.
type site struct {
	server  *http.Server
	program *program
	log     *slog.Logger
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

// serve answers requests until ctx ends, and then closes. The program works beside it and ends with ctx.
func (s site) serve(ctx context.Context, listener net.Listener) (err error) {
	var serving, working sync.WaitGroup
	failed := make(chan error, 2)
	work, cancel := context.WithCancel(ctx)
	defer serving.Wait()
	defer cancel()
	serving.Go(func() {
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	})
	working.Go(func() {
		if err := s.program.work(work); err != nil {
			failed <- err
		}
	})
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	s.log.Info("draining")
	s.program.front.leaving.Store(true)
	if errors.Is(context.Cause(ctx), errTerminated) {
		err = errors.Join(err, s.wait(failed))
	}
	cancel()
	working.Wait()
	return errors.Join(err, s.close(context.WithoutCancel(ctx)))
}

// wait lets a proxy notice that /readyz fails. Requests are served meanwhile, unless the server fails.
func (s site) wait(failed <-chan error) error {
	timer := time.NewTimer(s.program.flags.delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case err := <-failed:
		return err
	}
}

// close tells the streams to come back in a moment, ends them in batches, and stops the server when nothing is open any more.
// A client that sends and reads nothing is not waited for longer than anybody else.
func (s site) close(ctx context.Context) error {
	drain := s.program.flags.drain
	ctx, end := context.WithTimeout(ctx, drain)
	defer end()
	err := s.program.drain(ctx)
	stopped := s.server.Shutdown(ctx)
	if errors.Is(stopped, context.DeadlineExceeded) {
		s.log.Warn("connections are cut: their clients neither sent a request to its end nor read its answer", "drain", drain)
		stopped = s.server.Close()
	}
	return errors.Join(err, stopped)
}
