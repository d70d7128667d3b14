package main

import (
	"bytes"
	"fmt"
	"html"
)

// The plot is panels of bars side by side, in user units that are pixels at its natural size.
const (
	plotWidth  = 960
	labelWidth = 170
	panelGap   = 24
	barHeight  = 18
	barPitch   = 28
	plotTop    = 56
)

// panel is one quantity of all transports.
type panel struct {
	title string
	value func(Point) Spread
}

func panels() []panel {
	return []panel{
		{"server CPU a message, µs", func(p Point) Spread { return p.spread(Run.perMessage) }},
		{"p99 from change to browser, ms", func(p Point) Spread {
			return p.spread(func(r Run) float64 { return r.P99.Seconds() * 1e3 })
		}},
		{"memory of an idle page, KB", func(p Point) Spread {
			return p.spread(func(r Run) float64 { return p.perStream(r, rss) })
		}},
	}
}

// plot draws what the largest number of pages cost.
func (r *Results) plot() []byte {
	var points []Point
	for _, name := range transportNames() {
		if p := r.point(name, r.most()); p != nil {
			points = append(points, *p)
		}
	}
	height := plotTop + len(points)*barPitch + 30
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui,sans-serif" font-size="13">
<title>One change for %d pages: CPU, latency and memory of each transport</title>
<style>text{fill:#1f2328}.axis{stroke:#8c959f}.ours{fill:#0969da}.limit{fill:#8c959f}.peer{fill:#d0975a}.range{stroke:#1f2328}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.range{stroke:#e6edf3}}</style>
<text x="0" y="18" font-weight="600">One change for %d pages</text>
`, plotWidth, height, r.most(), r.most())
	for i, p := range points {
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", labelWidth-8, barTop(i)+13, html.EscapeString(p.Transport))
	}
	all := panels()
	width := (plotWidth - labelWidth - panelGap*len(all)) / len(all)
	for i, panel := range all {
		panel.draw(&b, points, labelWidth+i*(width+panelGap), width)
	}
	fmt.Fprintf(&b, `<text x="0" y="%d" font-size="11">Medians; lines from the least to the most of all runs. Shorter is better.</text>`+"\n</svg>\n", height-6)
	return b.Bytes()
}

func barTop(i int) int { return plotTop + i*barPitch }

func (p panel) draw(b *bytes.Buffer, points []Point, left, width int) {
	const numbers = 44 // beside the longest bar
	most := 0.0
	for _, point := range points {
		most = max(most, p.value(point).Max)
	}
	at := func(v float64) float64 { return float64(left) + v/max(most, 1e-9)*float64(width-numbers) }
	fmt.Fprintf(b, `<text x="%d" y="42">%s</text><path class="axis" d="M%d %dV%d"/>`+"\n", left, p.title, left, plotTop-4, barTop(len(points)))
	for i, point := range points {
		s, y := p.value(point), barTop(i)
		fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d"/>`, classOf(point.Transport), left, y, at(s.Median)-float64(left), barHeight)
		fmt.Fprintf(b, `<path class="range" d="M%.1f %dH%.1f"/>`, at(s.Min), y+barHeight/2, at(s.Max))
		fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`+"\n", at(max(s.Median, s.Max))+4, y+13, plainNumber(s.Median))
	}
}

func classOf(transport string) string {
	switch transport {
	case stackName, transportName:
		return "ours"
	case plainName, byHandName, turnsName:
		return "limit"
	}
	return "peer"
}
