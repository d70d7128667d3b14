package acceptance_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// person is somebody who has logged in, with cookies and without a screen.
type person struct {
	desk   *desk
	agent  string
	client *http.Client
}

// The seeded agents that tests are.
const (
	admin   = "1"
	billing = "2" // an agent of the first team
	backup  = "3" // a colleague of the same team
	other   = "10"
)

func (d *desk) login(t *testing.T, agent string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{desk: d, agent: agent, client: &http.Client{
		Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 4},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(p.client.CloseIdleConnections)
	res, err := p.post(t.Context(), "/login", "agent", agent)
	if err != nil || res.StatusCode != http.StatusSeeOther {
		t.Fatalf("login of %s: %v %v", agent, res, err)
	}
	return p
}

// answer is a response that has been read.
type answer struct {
	*http.Response

	html string
}

func (p *person) do(req *http.Request) (answer, error) {
	res, err := p.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res, string(b)}, err
}

// get has headers given as pairs.
func (p *person) get(ctx context.Context, path string, headers ...string) (answer, error) {
	req, err := p.request(ctx, path, headers...)
	if err != nil {
		return answer{}, err
	}
	return p.do(req)
}

func (p *person) request(ctx context.Context, path string, headers ...string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.desk.url(path), http.NoBody)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return req, nil
}

// post sends a form, its fields given as pairs.
func (p *person) post(ctx context.Context, path string, fields ...string) (answer, error) {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.desk.url(path), strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.do(req)
}

// must is post for a test that goes on only if it worked; it returns where the answer leads.
func (p *person) must(t *testing.T, path string, fields ...string) string {
	t.Helper()
	res, err := p.post(t.Context(), path, fields...)
	if err != nil || res.StatusCode >= 400 {
		t.Fatalf("POST %s: %v %v", path, res.Response, err)
	}
	return res.Header.Get("Location")
}

// create makes a ticket and returns its number.
func (p *person) create(t *testing.T, title string) string {
	t.Helper()
	to := p.must(t, "/tickets", "title", title, "body", "Please help.", "priority", "high", "team", "1")
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	id := strings.TrimPrefix(u.Path, "/tickets/")
	if id == u.Path || id == "" {
		t.Fatalf("a created ticket leads to %q", to)
	}
	return id
}
