package main

import (
	"context"
	"errors"
)

// time is where the server's CPU goes while a case runs, in µs for each change. The profile says how it is divided and
// the kernel how much it is: a profile of 100 samples a second knows that less well.
func (c Case) time(ctx context.Context, file string) ([]Share, error) {
	c.Changes *= 4
	var r rig
	defer r.stop()
	if err := r.start(ctx, c); err != nil {
		return nil, err
	}
	err := errors.Join(
		r.server.call("Server.StartCPU", file, nil),
		r.fanout(),
		r.server.call("Server.StopCPU", struct{}{}, nil),
	)
	if err != nil {
		return nil, err
	}
	shares, err := attribute(ctx, file, "cpu", "ns", cpuRules())
	return scaled(shares, float64(r.run.Spent.cpu().Microseconds())/float64(c.Changes)), err
}

// scaled is the shares as parts of total.
func scaled(shares []Share, total float64) []Share {
	var sum float64
	for _, s := range shares {
		sum += s.Value
	}
	for i := range shares {
		shares[i].Value *= total / max(1, sum)
	}
	return shares
}

// memory is where the memory of an idle stream goes, in bytes. The profile says how the heap is divided; how much there
// is of everything is asked of a server without one, which would count itself.
func (c Case) memory(ctx context.Context, file string) ([]Share, error) {
	var bare, profiled rig
	defer bare.stop()
	defer profiled.stop()
	if err := bare.start(ctx, c); err != nil {
		return nil, err
	}
	c.HeapProfile = true
	if err := profiled.start(ctx, c); err != nil {
		return nil, err
	}
	if err := profiled.server.call("Server.Heap", file, nil); err != nil {
		return nil, err
	}
	shares, err := attribute(ctx, file, "inuse_space", "B", heapRules())
	if err != nil {
		return nil, err
	}
	each := func(value func(Usage) int64) float64 { return c.perStream(bare.run, value) * 1024 }
	counted := each(heap) + each(stacks) + each(ofRuntime)
	return append(scaled(shares, each(heap)),
		Share{"goroutine stacks", each(stacks)},
		Share{"the runtime's own books: spans, profile", each(ofRuntime)},
		Share{"resident, but free: between objects, not given back", each(rss) - counted},
	), nil
}

func ofRuntime(u Usage) int64 { return u.Runtime }
