//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// visitor is somebody who has logged in, at all nodes: the cookie is for each of them.
type visitor struct {
	agent  string
	client *http.Client
}

// boss is the agent who sees all teams.
const boss = "1"

func newVisitor(agent string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &visitor{agent: agent, client: &http.Client{
		Jar:           jar,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 4, ResponseHeaderTimeout: 6 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func (v *visitor) login(ctx context.Context, at string) error {
	status, err := v.post(ctx, at+"/login", "agent", v.agent)
	if err == nil && status != http.StatusSeeOther {
		err = fmt.Errorf("the login of %s: %d", v.agent, status)
	}
	return err
}

// get reads a page.
func (v *visitor) get(ctx context.Context, at string) (status int, text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	res, err := v.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), err
}

// post sends a form, its fields given as pairs.
func (v *visitor) post(ctx context.Context, at string, fields ...string) (status int, err error) {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := v.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// leave closes the connections that wait for another request.
func (v *visitor) leave() { v.client.CloseIdleConnections() }

var errRefused = errors.New("refused")
