//go:build unix

package main

import (
	"time"

	"github.com/htmxlive/htmxlive/internal/cutproxy"
)

// link is a TCP proxy between a node and an engine, or between two servers of an engine, that breaks as networks do. No byte
// is lost inside a connection that lives on: TCP would send it again.
type link struct{ *cutproxy.Proxy }

// trouble is what is wrong with a link.
type trouble struct {
	cut   bool          // connections are reset, and new ones end at once
	deaf  bool          // nothing reaches the node
	mute  bool          // nothing leaves it; both: half-open
	delay time.Duration // of each piece that is sent
}

func newLink(network, target string) (*link, error) {
	p, err := cutproxy.New(network, target)
	return &link{p}, err
}

// set makes trouble. Connections that are open suffer it, too.
func (l *link) set(t trouble) {
	if t.cut {
		l.Cut()
	}
	if t.deaf {
		l.Stall(cutproxy.ToClient)
	}
	if t.mute {
		l.Stall(cutproxy.ToServer)
	}
	l.Delay(t.delay)
}

// mend ends the trouble. Connections that were held go on or, as where a firewall has forgotten them, are reset: then what was
// held is lost.
func (l *link) mend(reset bool) {
	if reset {
		l.Reset()
	}
	l.Mend()
	l.Delay(0)
}

// rest waits, and reports whether nothing was done meanwhile.
func rest(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-done:
		return false
	}
}
