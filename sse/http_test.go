package sse_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/sse"
)

// openHTTP opens a stream over net/http in a bubble, to a browser that does not read but what the test reads of the
// response. The stream, the browser and the server end with the test.
func openHTTP(t *testing.T, protocol *http.Protocols, src sse.Source, cfg sse.Config) (s *sse.Stream, ended <-chan error, response *http.Response) {
	t.Helper()
	opened, end := make(chan struct{}), make(chan error, 1)
	server := &http.Server{Protocols: protocol, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		if s, err = sse.New(w, r, src, exact(cfg)); err != nil {
			t.Error(err)
		}
		close(opened)
		end <- s.Serve()
	})}
	listener := make(pipes)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	client := listener.client(protocol)
	t.Cleanup(client.CloseIdleConnections)
	response, err := client.Get("http://here/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	<-opened
	synctest.Wait()
	return s, end, response
}
