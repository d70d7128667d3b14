package machine

import (
	"math"
	"os"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"time"
)

// counters are a sample and the counters of which only the difference tells something.
type counters struct {
	sample           Sample
	ticks, busy, own uint64 // of all processors together
}

// count reads everything once.
func count() counters {
	var c counters
	c.readStat(read("/proc/stat"))
	c.readOwnStat(read("/proc/self/stat"))
	c.readMemory(read("/proc/meminfo"))
	c.sample.Proc = c.ticks > 0
	c.sample.Load = number(field(read("/proc/loadavg"), 0))
	c.sample.Uptime = time.Duration(number(field(read("/proc/uptime"), 0)) * float64(time.Second))
	pages, _ := strconv.ParseUint(field(read("/proc/self/statm"), 1), 10, 64)
	c.sample.Resident = pages * uint64(os.Getpagesize()) //nolint:gosec // a page size is small and positive
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		c.sample.Files = len(files) - 1 // one of them is the directory being read
	}
	c.readRuntime()
	return c
}

func read(path string) string {
	text, err := os.ReadFile(path) //nolint:gosec // one of the paths above
	if err != nil {
		return "" // not Linux: shown as zero, and Sample.Proc says why
	}
	return string(text)
}

// field is the i-th word of text, or "".
func field(text string, i int) string {
	words := strings.Fields(text)
	if i >= len(words) {
		return ""
	}
	return words[i]
}

func number(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return n
}

// readStat reads the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal ticks.
func (c *counters) readStat(text string) {
	line, _, _ := strings.Cut(text, "\n")
	for i, word := range strings.Fields(line) {
		ticks, err := strconv.ParseUint(word, 10, 64)
		if err != nil || i > 8 { // the name of the line; guest time is part of user time
			continue
		}
		c.ticks += ticks
		if i != 4 && i != 5 {
			c.busy += ticks
		}
	}
}

// readOwnStat reads the user and system ticks of this process. The name before them may hold spaces.
func (c *counters) readOwnStat(text string) {
	after := text[strings.LastIndexByte(text, ')')+1:]
	for _, i := range []int{11, 12} {
		ticks, _ := strconv.ParseUint(field(after, i), 10, 64)
		c.own += ticks
	}
}

func (c *counters) readMemory(text string) {
	sizes := map[string]uint64{}
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(line, ":")
		kilobytes, err := strconv.ParseUint(field(rest, 0), 10, 64)
		if err == nil {
			sizes[name] = kilobytes << 10
		}
	}
	c.sample.MemoryTotal = sizes["MemTotal"]
	c.sample.MemoryUsed = sizes["MemTotal"] - min(sizes["MemAvailable"], sizes["MemTotal"])
}

func (c *counters) readRuntime() {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/sched/goroutines:goroutines"},
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/sched/pauses/total/gc:seconds"},
	}
	metrics.Read(samples)
	for i, into := range []*uint64{&c.sample.Heap, &c.sample.Goroutines, &c.sample.Collections} {
		if samples[i].Value.Kind() == metrics.KindUint64 {
			*into = samples[i].Value.Uint64()
		}
	}
	if samples[3].Value.Kind() == metrics.KindFloat64Histogram {
		c.sample.Pause = longest(samples[3].Value.Float64Histogram())
	}
}

// longest is the lower end of the highest bucket that holds something.
func longest(h *metrics.Float64Histogram) time.Duration {
	for i, n := range slices.Backward(h.Counts) {
		if n > 0 && !math.IsInf(h.Buckets[i], 0) {
			return time.Duration(h.Buckets[i] * float64(time.Second))
		}
	}
	return 0
}
