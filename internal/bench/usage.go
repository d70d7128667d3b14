package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"syscall"
	"time"
)

// Usage is what a process has used so far, and holds now.
type Usage struct {
	User, System time.Duration
	RSS          int64 // bytes that are resident, as the kernel counts them
	Heap         int64 // bytes in live and dead objects
	Stacks       int64 // bytes of goroutine stacks
	Runtime      int64 // bytes of the Go runtime for everything else
	Goroutines   int
	Mallocs      uint64 // objects allocated so far
	Allocated    uint64 // their bytes
}

// cpu is user and system time together.
func (u Usage) cpu() time.Duration { return u.User + u.System }

// since is what was used after an earlier measurement.
func (u Usage) since(before Usage) Usage {
	return Usage{
		User: u.User - before.User, System: u.System - before.System,
		Mallocs: u.Mallocs - before.Mallocs, Allocated: u.Allocated - before.Allocated,
	}
}

// usage measures this process; settled, after everything that is not needed was given back.
func usage(settled bool) (Usage, error) {
	if settled {
		runtime.GC() // twice: pools keep a generation back
		debug.FreeOSMemory()
	}
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return Usage{}, fmt.Errorf("getrusage: %w", err)
	}
	rss, err := residentBytes()
	if err != nil {
		return Usage{}, err
	}
	u := memory()
	u.User, u.System = time.Duration(r.Utime.Nano()), time.Duration(r.Stime.Nano())
	u.RSS, u.Goroutines = rss, runtime.NumGoroutine()
	return u, nil
}

// memory is what the Go runtime knows of itself.
func memory() Usage {
	s := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
		{Name: "/memory/classes/metadata/mcache/inuse:bytes"},
		{Name: "/memory/classes/metadata/mspan/inuse:bytes"},
		{Name: "/memory/classes/metadata/other:bytes"},
		{Name: "/memory/classes/other:bytes"},
		{Name: "/gc/heap/allocs:objects"},
		{Name: "/gc/heap/allocs:bytes"},
	}
	metrics.Read(s)
	n := func(i int) int64 { return int64(s[i].Value.Uint64()) }
	return Usage{
		Heap: n(0), Stacks: n(1), Runtime: n(2) + n(3) + n(4) + n(5),
		Mallocs: s[6].Value.Uint64(), Allocated: s[7].Value.Uint64(),
	}
}

// residentBytes reads the second number of /proc/self/statm, which is in pages.
func residentBytes() (int64, error) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0, fmt.Errorf("/proc/self/statm says %q", b)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}
