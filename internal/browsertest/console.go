package browsertest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// console keeps what a page's console said.
type console struct {
	mu       sync.Mutex // guards all below
	said     []message
	allowed  []string
	reported bool
}

type message struct {
	level, text string
	bad         bool
}

// Console is everything the page's console said so far, oldest first: each with its level, such as "error: …". In an engine
// that cannot read it there is nothing.
func (p *Page) Console() []string {
	p.events.console.mu.Lock()
	defer p.events.console.mu.Unlock()
	lines := make([]string, 0, len(p.events.console.said))
	for _, m := range p.events.console.said {
		lines = append(lines, m.level+": "+m.text)
	}
	return lines
}

// AllowConsole lets the page's console complain about what contains one of the texts: a test that stops its server
// expects "net::ERR_CONNECTION_REFUSED". Everything else that is an error or an uncaught exception fails the test at
// its end, what came before this call included.
func (p *Page) AllowConsole(texts ...string) {
	p.events.console.mu.Lock()
	defer p.events.console.mu.Unlock()
	p.events.console.allowed = append(p.events.console.allowed, texts...)
}

// report fails the test for each complaint that was not allowed, once.
func (p *Page) report() {
	p.t.Helper()
	unread := p.skips(ReadConsole)
	for what, times := range p.skipped {
		p.t.Logf("browsertest: %s cannot %s: %d checks skipped", p.engine, what, times)
	}
	clear(p.skipped)
	if unread {
		return
	}
	// The answer comes after all that the console said before; a page that cannot answer any more has said it all.
	_, _ = evaluate[bool](p.window, 2*time.Second, `true`)
	p.events.console.mu.Lock()
	defer p.events.console.mu.Unlock()
	if p.events.console.reported {
		return
	}
	p.events.console.reported = true
	for _, m := range p.events.console.said {
		if m.bad && !slices.ContainsFunc(p.events.console.allowed, func(text string) bool { return strings.Contains(m.text, text) }) {
			p.t.Errorf("browsertest: the console of a page says %s: %s", m.level, m.text)
		}
	}
}

// see takes what concerns the console from Chromium's events. It runs on the goroutine that reads them.
func (c *console) see(event any) {
	var m message
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		d := e.ExceptionDetails
		m = message{"exception", d.Text, true}
		if d.Exception != nil {
			m.text += " " + d.Exception.Description + plain(d.Exception)
		}
		m.text += at(d.URL, d.LineNumber)
	case *runtime.EventConsoleAPICalled:
		words := make([]string, 0, len(e.Args))
		for _, arg := range e.Args {
			words = append(words, arg.Description+plain(arg))
		}
		bad := e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert
		m = message{string(e.Type), strings.Join(words, " "), bad}
	case *log.EventEntryAdded:
		// No page asked for that: the browser looks for an icon by itself.
		icon := strings.HasSuffix(e.Entry.URL, "/favicon.ico")
		m = message{string(e.Entry.Level), e.Entry.Text + at(e.Entry.URL, e.Entry.LineNumber), e.Entry.Level == log.EntryLevelError && !icon}
	default:
		return
	}
	c.add(m)
}

// add takes note of what the console said.
func (c *console) add(m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = append(c.said, m)
}

func at(url string, line int64) string {
	if url == "" {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", url, line+1)
}

// plain is the text of a primitive value; objects describe themselves.
func plain(o *runtime.RemoteObject) string {
	if o.Description != "" || len(o.Value) == 0 {
		return ""
	}
	var text string
	if json.Unmarshal(o.Value, &text) == nil {
		return text
	}
	return string(o.Value)
}

// String is the console's end, for a failure.
func (c *console) String() string {
	const enough = 30
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, m := range c.said[max(0, len(c.said)-enough):] {
		fmt.Fprintf(&b, "%s: %s\n", m.level, m.text)
	}
	return b.String()
}
