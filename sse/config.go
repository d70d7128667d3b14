package sse

import (
	"math/rand/v2"
	"time"
)

// Config sets the times of a stream. The zero value is ready for production. A negative Heartbeat or MaxAge switches
// that feature off.
type Config struct {
	// Heartbeat is the longest silence: a [HeartbeatEvent] is sent when nothing was written for that long, so that proxies
	// keep the connection and a vanished browser is noticed. Each stream draws its own from the last tenth of it, so that
	// streams that were written to together do not all beat together. Default 15 seconds.
	Heartbeat time.Duration
	// WriteTimeout is how long one write (at most 32 KB) may take before the browser is cut off. It has at least this
	// long and at most half as long again. Default 10 seconds. A connection of HTTP/2 that takes nothing at all holds up its
	// streams all the same, unless [http.HTTP2Config].WriteByteTimeout ends it.
	WriteTimeout time.Duration
	// MaxAge ends the stream, gracefully and between messages, within a tenth around it. The browser reconnects, and
	// whatever guards the page looks at it again. Default 10 minutes.
	MaxAge time.Duration
	// Retry, if positive, is told to the browser at the beginning: how long to wait before reconnecting, within a tenth
	// around it. Default: not told (browsers then wait a few seconds).
	Retry time.Duration
	// Rand returns random numbers in [0, 1) and may be called by many streams at once. Default [rand.Float64].
	Rand func() float64
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	if c.Heartbeat == 0 {
		c.Heartbeat = 15 * time.Second
	}
	if c.WriteTimeout <= 0 {
		c.WriteTimeout = 10 * time.Second
	}
	if c.MaxAge == 0 {
		c.MaxAge = 10 * time.Minute
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	return c
}

// around returns d changed by up to a tenth in either direction.
func (c Config) around(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.9 + 0.2*c.Rand()))
}

// below returns d shortened by up to a tenth.
func (c Config) below(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - 0.1*c.Rand()))
}
