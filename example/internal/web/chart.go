package web

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/store"
)

// Charts are drawn on the server as SVG, in coordinates that the browser stretches to the page: 10 units for each bar,
// 100 in height.
const (
	barPitch  = 10
	barWidth  = 7
	barHeight = 100.0
)

// A bar is one hour of the chart: comments stand on tickets.
type bar struct {
	Start    time.Time
	Tickets  int
	Comments int
	Top      int // what the height of the chart stands for

	X, W               int
	TicketsY, TicketsH float64
	TalkY, TalkH       float64
}

// bars scales hours to the height of the chart.
func bars(hours []store.Activity) []bar {
	highest := 0
	for _, h := range hours {
		highest = max(highest, h.Tickets+h.Comments)
	}
	top := round(highest)
	all := make([]bar, len(hours))
	for i, h := range hours {
		b := bar{
			Start: h.Start, Tickets: h.Tickets, Comments: h.Comments, Top: top,
			X: i*barPitch + (barPitch-barWidth)/2, W: barWidth,
			TicketsH: barHeight * float64(h.Tickets) / float64(top), TalkH: barHeight * float64(h.Comments) / float64(top),
		}
		b.TicketsY = barHeight - b.TicketsH
		b.TalkY = b.TicketsY - b.TalkH
		all[i] = b
	}
	return all
}

// round is the next number of the row 10, 20, 50, 100, …: a scale that stays where it is while bars grow.
func round(n int) int {
	for step := 10; ; step *= 10 {
		for _, top := range []int{step, 2 * step, 5 * step} {
			if n <= top {
				return top
			}
		}
	}
}

// A slice is the share of one status in a bar that is 100 long.
type slice struct {
	Status   store.Status
	X, Width float64
}

// stack is a team's tickets as such a bar.
func stack(t store.TeamCount) (all []slice) {
	x := 0.0
	for _, s := range store.Statuses() {
		width := 100 * float64(t.Count(s)) / float64(max(t.Total(), 1))
		all = append(all, slice{s, math.Round(x*100) / 100, math.Round(width*100) / 100})
		x += width
	}
	return all
}

// A spark is a small line of the last values, 120 wide and 30 high.
type spark struct{ Line, Area string }

// newSpark draws values between 0 and top, or the highest of them when that is more. The newest is at the right.
func newSpark(values []float64, top float64, length int) spark {
	for _, v := range values {
		top = math.Max(top, v)
	}
	if len(values) < 2 || top <= 0 {
		return spark{}
	}
	var line strings.Builder
	first := 0.0
	for i, v := range values {
		x := 120 - 120*float64(len(values)-1-i)/float64(length-1)
		if i == 0 {
			first = x
		}
		fmt.Fprintf(&line, "%c%.1f %.1f", "ML"[min(i, 1)], x, 29-28*v/top)
	}
	return spark{Line: line.String(), Area: fmt.Sprintf("%sV30H%.1fZ", line.String(), first)}
}
