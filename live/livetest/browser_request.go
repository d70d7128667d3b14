package livetest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// request is a request for a page or for a part of one.
type request struct {
	method string // default: GET
	path   string // or URL, relative to the page's
	form   url.Values
	header http.Header
	site   string // Sec-Fetch-Site; default: same-origin
}

// answer is an answer that has been read.
type answer struct {
	status int
	header http.Header
	url    *url.URL // where it is from, after redirects
	body   string
}

// send sends a request of a page and reads its answer. Redirects are followed.
func (b *Browser) send(from *url.URL, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.t.Context()), 3*b.Timeout)
	defer cancel()
	req, err := b.request(ctx, from, r)
	if err != nil {
		return answer{}, err
	}
	res, err := b.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", req.Method, req.URL, err)
	}
	return answer{status: res.StatusCode, header: res.Header, url: res.Request.URL, body: string(body)}, nil
}

func (b *Browser) request(ctx context.Context, from *url.URL, r request) (*http.Request, error) {
	to, err := from.Parse(r.path)
	if err != nil {
		return nil, err
	}
	if to.Host != b.origin.Host || to.Scheme != b.origin.Scheme {
		return nil, fmt.Errorf("%s leaves the application", to)
	}
	method, body := cmp.Or(r.method, http.MethodGet), io.Reader(http.NoBody)
	switch {
	case r.form != nil && (method == http.MethodGet || method == http.MethodDelete):
		to.RawQuery = r.form.Encode()
	case r.form != nil:
		body = strings.NewReader(r.form.Encode())
	}
	to.Fragment = ""
	req, err := http.NewRequestWithContext(ctx, method, to.String(), body)
	if err != nil {
		return nil, err
	}
	b.setHeader(req, r)
	return req, nil
}

func (b *Browser) setHeader(req *http.Request, r request) {
	h := req.Header
	h.Set("User-Agent", "livetest")
	h.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	h.Set("Sec-Fetch-Site", cmp.Or(r.site, "same-origin"))
	if req.Method != http.MethodGet {
		h.Set("Origin", b.Origin)
	}
	if req.Body != http.NoBody {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	maps.Copy(h, r.header)
	maps.Copy(h, b.Header)
}
