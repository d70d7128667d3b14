package acceptance_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

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
	for _, id := range places[place].fragments {
		if shown, want := p.dom.Outer(id), fresh.Outer(id); shown != want {
			return fmt.Sprintf("#%s shows\n%s\nand should show\n%s", id, shown, want), nil
		}
	}
	if id := places[place].rows; id != "" {
		return p.compareKept(id, fresh), nil
	}
	return "", nil
}

// compareKept looks at rows that stay where they are: those that a fresh load shows too must be the
// same, and the pill must count what a fresh load would add or drop.
func (p *modelPage) compareKept(id string, fresh htmldom.Page) string {
	shown, want := rowsOf(p.dom, id), rowsOf(fresh, id)
	adds, drops := 0, 0
	for row := range want {
		if _, ok := shown[row]; !ok {
			adds++
		}
	}
	for row, html := range shown {
		if is, ok := want[row]; !ok {
			drops++
		} else if is != html {
			return fmt.Sprintf("row %s shows\n%s\nand should show\n%s", row, html, is)
		}
	}
	if !strings.Contains(p.path, "results=hold") {
		return ""
	}
	pill := textIn(p.dom, "tickets-new")
	if n := max(adds, drops); n == 0 && pill != "" || n > 0 && !strings.HasPrefix(pill, strconv.Itoa(n)+" ") {
		return fmt.Sprintf("the pill says %q with %d rows to add and %d to drop", pill, adds, drops)
	}
	return ""
}

func rowsOf(p htmldom.Page, id string) map[string]string {
	rows := map[string]string{}
	for _, list := range p.ByID(id) {
		for n := range list.ChildNodes() {
			if key := htmldom.Attr(n, "id"); n.Type == html.ElementNode && key != "" {
				rows[key] = p.Outer(key)
			}
		}
	}
	return rows
}

func textIn(p htmldom.Page, id string) string {
	var b strings.Builder
	for _, e := range p.ByID(id) {
		for n := range e.Descendants() {
			if n.Type == html.TextNode {
				b.WriteString(n.Data)
			}
		}
	}
	return strings.TrimSpace(b.String())
}
