package web

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/example/internal/machine"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// system is this process and this machine, every second: no database and no notification, only an interval. Nothing
// looks at the machine while nobody looks at the page.
type system struct {
	looks *live.Shared[struct{}, live.Query[systemView]]
}

// systemView is the last sample and the way to it.
type systemView struct {
	machine.Facts
	machine.Sample

	CPUSpark, MemorySpark, HeapSpark, GoroutineSpark spark
}

func newSystem(d *Desk) system {
	blocks := d.looks[views.DefaultClient].shared
	fragments := []fragment.Fragment{
		views.New(views.Block{ID: "machine", Markup: views.Named(blocks, "machine")}),
		views.New(views.Block{ID: "process", Markup: views.Named(blocks, "process")}),
	}
	return system{looks: live.Share(d.keeper, "system", func(struct{}) live.Query[systemView] {
		return live.Query[systemView]{
			Fetch: func(context.Context) (systemView, error) {
				return newSystemView(d.sampler.Facts(), d.sampler.Look(time.Now())), nil
			},
			RefetchInterval: time.Second,
			Fragments:       fragments,
		}
	})}
}

func (s system) routes(g *echo.Group) { get(g, "/system", s.show) }

func (s system) show(c echo.Context) error {
	query := s.looks.With("everybody who is logged in", struct{}{})
	if _, err := live.Keep(middleware.Socket(c), "system", query); err != nil {
		return err
	}
	return show(c, "system.html", newFrame(c, "System", "system"))
}

func newSystemView(facts machine.Facts, samples []machine.Sample) systemView {
	line := func(top float64, value func(machine.Sample) float64) spark {
		values := make([]float64, len(samples))
		for i, s := range samples {
			values[i] = value(s)
		}
		return newSpark(values, top, machine.History)
	}
	last := samples[len(samples)-1]
	return systemView{
		Facts: facts, Sample: last,
		CPUSpark:       line(1, func(s machine.Sample) float64 { return s.CPU }),
		MemorySpark:    line(float64(last.MemoryTotal), func(s machine.Sample) float64 { return float64(s.MemoryUsed) }),
		HeapSpark:      line(0, func(s machine.Sample) float64 { return float64(s.Heap) }),
		GoroutineSpark: line(0, func(s machine.Sample) float64 { return float64(s.Goroutines) }),
	}
}
