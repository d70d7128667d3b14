package main

import (
	"context"
	"fmt"
	"time"
)

// clusters asks what one change costs a cluster, by the number of its nodes and by who shows it.
func (s suite) clusters(ctx context.Context, r *Results) error {
	for _, size := range s.cluster {
		took, err := clusterOf(ctx, size)
		if err != nil {
			return err
		}
		for _, c := range took.Changes {
			s.log("  %3d nodes  %6d pages  %-34s %6d fetches  %8.1f ms CPU  %8.1f ms to the last page\n",
				took.Nodes, took.Pages, c.What, c.Fetches, c.cpu().Median, c.last().Median)
		}
		s.log("  %3d nodes  %6d pages  %.1f KB a page, %.0f µs CPU to open one, %.4f processors while idle\n",
			took.Nodes, took.Pages, took.Memory/1024, took.opening(), took.Idle)
		r.Cluster = append(r.Cluster, took)
	}
	return nil
}

func clusterOf(ctx context.Context, size ClusterSize) (took ClusterTook, err error) {
	lab, err := start(ctx, "lab")
	if err != nil {
		return took, err
	}
	defer lab.stop()
	err = lab.call("Lab.Cluster", size, &took)
	return took, err
}

func (c ClusterChange) cpu() Spread {
	return spreadOf(c.Rounds, func(r ClusterRound) float64 { return r.CPU.Seconds() * 1e3 })
}

func (c ClusterChange) last() Spread {
	return spreadOf(c.Rounds, func(r ClusterRound) float64 { return r.Last.Seconds() * 1e3 })
}

// each is the CPU for each page that shows the change, in µs.
func (c ClusterChange) each() Spread {
	return spreadOf(c.Rounds, func(r ClusterRound) float64 { return micros(r.CPU) / float64(c.Pages) })
}

// opening is the CPU to open one page, in µs.
func (took ClusterTook) opening() float64 { return micros(took.Opening) / float64(took.Pages) }

// clusterRow is a kind of change in a cluster.
type clusterRow struct {
	Nodes, Pages, Shown int
	What                string
	KB, Opening, Idle   float64
	Fetches             int64
	CPU, Each, Last     Spread
}

// ClusterLatency is that of the simulated network.
func (tables) ClusterLatency() time.Duration { return clusterLatency }

func (r *Results) clusterRows() (rows []clusterRow) {
	for _, took := range r.Cluster {
		for _, c := range took.Changes {
			rows = append(rows, clusterRow{
				Nodes: took.Nodes, Pages: took.Pages, KB: took.Memory / 1024, Opening: took.opening(), Idle: took.Idle, What: c.What, Shown: c.Pages,
				Fetches: c.Fetches, CPU: c.cpu(), Each: c.each(), Last: c.last(),
			})
		}
	}
	return rows
}

// clusterGoals: a change is fetched once on each node that shows it, and by nobody else.
func (r *Results) clusterGoals() (goals []Goal) {
	for _, took := range r.Cluster {
		for _, c := range took.Changes {
			if c.Pages == took.Pages && c.Fetches >= int64(took.Pages) {
				continue // nobody shares it
			}
			n := float64(c.Fetches)
			goals = append(goals, Goal{
				fmt.Sprintf("fetches for %s, %d pages on %d nodes", c.What, took.Pages, took.Nodes), float64(min(took.Nodes, c.Pages)), Spread{n, n, n}, "",
			})
		}
	}
	return goals
}
