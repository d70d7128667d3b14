package adaptertest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"
)

// person is a browser without a screen: it has cookies and follows no redirects.
type person struct {
	*http.Client

	t   *testing.T
	app *app
}

func (a *app) person() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		a.t.Fatal(err)
	}
	p := &person{t: a.t, app: a, Client: &http.Client{
		Jar: jar, Transport: &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	a.t.Cleanup(p.CloseIdleConnections)
	return p
}

// answer is a response that has been read.
type answer struct {
	*http.Response

	html string
}

// get is a request with headers given as pairs, and its whole answer.
func (p *person) get(path string, headers ...string) answer {
	p.t.Helper()
	res := p.send(path, headers...)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{res, string(b)}
}

func (p *person) head(path string) *http.Response {
	p.t.Helper()
	res := p.request(http.MethodHead, path)
	_ = res.Body.Close()
	return res
}

func (p *person) send(path string, headers ...string) *http.Response {
	p.t.Helper()
	return p.request(http.MethodGet, path, headers...)
}

func (p *person) request(method, path string, headers ...string) *http.Response {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.app.URL+path, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := p.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	return res
}

// stream opens a stream, which the test must find to be one.
func (p *person) stream(path string, headers ...string) *Events {
	p.t.Helper()
	return ReadEvents(p.t, p.send(path, append([]string{"Accept", "text/event-stream"}, headers...)...))
}
