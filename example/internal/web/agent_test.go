package web_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
)

// A person is somebody with a cookie jar and no browser. Redirects are not followed.
type person struct {
	t      *testing.T
	base   string
	client *http.Client
}

// visitor is a person who has not logged in.
func (d *desk) visitor(t *testing.T) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &person{t: t, base: d.URL, client: &http.Client{Jar: jar, Transport: transport, CheckRedirect: stay}}
}

// as is a person who has logged in.
func (d *desk) as(t *testing.T, agent store.Agent) *person {
	t.Helper()
	p := d.visitor(t)
	p.login(agent)
	return p
}

func (p *person) login(agent store.Agent) {
	p.t.Helper()
	a := p.post("/login", "agent", strconv.FormatInt(agent.ID, 10))
	if a.code != http.StatusSeeOther || a.header.Get("Location") != "/tickets" {
		p.t.Fatalf("login: %d to %q, want 303 to /tickets", a.code, a.header.Get("Location"))
	}
}

// An answer is what came back.
type answer struct {
	code   int
	header http.Header
	body   string
}

// send makes a request; headers are names and values in turn.
func (p *person) send(method, path, body string, headers ...string) answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (p *person) get(path string, headers ...string) answer {
	p.t.Helper()
	return p.send(http.MethodGet, path, "", headers...)
}

// post sends fields, names and values in turn.
func (p *person) post(path string, fields ...string) answer {
	p.t.Helper()
	return p.send(http.MethodPost, path, encode(fields...))
}

func encode(fields ...string) string {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return form.Encode()
}

// mustHave fails the test unless the body has all of the texts.
func (a answer) mustHave(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("the answer (%d) lacks %q:\n%s", a.code, text, a.body)
		}
	}
}
