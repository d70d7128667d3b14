package acceptance_test

import (
	"context"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// settle waits until the page shows the truth.
func (p *modelPage) settle(ctx context.Context, t *testing.T, place int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		diff, err := p.compare(ctx, place)
		if err != nil && ctx.Err() == nil {
			t.Fatal(err)
		}
		if diff == "" {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Errorf("%s does not converge:\n%s", p.path, diff)
			return
		}
	}
}

// compare tells how the page differs from a fresh load; empty if it does not.
func (p *modelPage) compare(ctx context.Context, place int) (string, error) {
	p.mu.Lock()
	path, fault := p.path, p.fault
	p.mu.Unlock()
	if fault != nil {
		return "", fault
	}
	res, err := p.who.get(ctx, path)
	if err != nil {
		return "", err
	}
	fresh, err := htmldom.Parse(res.html)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return places[place].Compare(p.path, p.dom, fresh), nil
}
