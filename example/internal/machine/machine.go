// Package machine looks at this process and the machine it runs on: live input that needs no database.
//
// What the machine does comes from /proc, which only Linux has; elsewhere those numbers are zero and Sample.Proc says so.
// What the process does comes from runtime/metrics and is there everywhere.
package machine

import (
	"os"
	"runtime"
	"sync"
	"time"
)

// History is how many samples a Sampler remembers.
const History = 60

// A Sample is one look.
type Sample struct {
	At   time.Time
	Proc bool // whether /proc could be read

	CPU         float64 // busy share of all processors since the look before, 0 to 1
	Load        float64 // average over one minute, in processes
	MemoryUsed  uint64  // bytes
	MemoryTotal uint64  // bytes
	Uptime      time.Duration

	Resident    uint64  // memory of this process, bytes
	Files       int     // open files of this process
	ProcessCPU  float64 // of this process since the look before, in processors: 2 is two busy ones
	Heap        uint64  // bytes of live and not yet swept objects
	Goroutines  uint64
	Collections uint64        // garbage collections so far
	Pause       time.Duration // the longest pause of the last collections, as coarse as the runtime's histogram
	Running     time.Duration // since the first look
}

// Facts are what does not change.
type Facts struct {
	Host       string
	System     string
	Go         string
	Processors int
	Process    int
}

// A Sampler looks when it is asked and remembers what it saw: it starts nothing of its own. It may be used by many
// goroutines.
type Sampler struct {
	facts Facts

	mu      sync.Mutex // guards everything below
	first   time.Time
	last    counters
	history []Sample // oldest first
}

// New makes a Sampler.
func New() *Sampler {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &Sampler{facts: Facts{
		Host: host, System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		Processors: runtime.NumCPU(), Process: os.Getpid(),
	}}
}

// Facts are those of this machine.
func (s *Sampler) Facts() Facts { return s.facts }

// Look takes a sample at the given time and returns what is remembered with it, oldest first. The caller owns the slice.
func (s *Sampler) Look(now time.Time) []Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first.IsZero() {
		s.first = now
	}
	seen := count()
	sample := s.since(seen, now)
	s.last = seen
	if len(s.history) == History {
		s.history = s.history[1:]
	}
	s.history = append(s.history, sample)
	return append([]Sample(nil), s.history...)
}

// since compares the counters with those of the look before.
func (s *Sampler) since(seen counters, now time.Time) Sample {
	sample := seen.sample
	sample.At, sample.Running = now, now.Sub(s.first)
	if ticks := seen.ticks - s.last.ticks; s.last.ticks > 0 && seen.ticks > s.last.ticks {
		sample.CPU = float64(seen.busy-s.last.busy) / float64(ticks)
		sample.ProcessCPU = float64(seen.own-s.last.own) / float64(ticks) * float64(s.facts.Processors)
	}
	return sample
}
