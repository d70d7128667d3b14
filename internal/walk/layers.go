package main

import (
	"fmt"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// fileLayers is the order of live's files, the lowest layer first, by the nouns that their names begin with. The longest
// noun counts; what stands in no layer is printed and belongs to the lowest.
//
//nolint:gochecknoglobals // a table
var fileLayers = [][]string{
	{"doc", "errors", "config", "broker", "frame", "peer", "alarm"},
	{"hub", "core", "fetch_semaphore"},
	{"schedule"},
	{"query", "row_cache", "rendering", "snapshot"},
	{"cohort"},
	{"broadcast"},
	{"socket", "transport"},
	{"keeper"},
}

// layerOf is the layer of a file, or -1.
func layerOf(layers [][]string, file string) int {
	layer, longest := -1, 0
	for i, nouns := range layers {
		for _, noun := range nouns {
			rest, ok := strings.CutPrefix(strings.TrimSuffix(file, ".go"), noun)
			if ok && (rest == "" || rest[0] == '_') && len(noun) > longest {
				layer, longest = i, len(noun)
			}
		}
	}
	return layer
}

// arrow says that one file names what another declares.
type arrow struct{ from, to string }

// arrows are those between the files of one package.
type arrows struct {
	room     string
	files    int
	all      []arrow
	upward   []string // with an example each
	homeless []string // files without a layer
}

func arrowsOf(p *program, room string) arrows {
	a := arrows{room: room}
	for _, g := range p.packages {
		if g.room != room {
			continue
		}
		a.files = len(g.files)
		for _, f := range g.files {
			if name := p.base(f.Pos()); layerOf(fileLayers, name) < 0 {
				a.homeless = append(a.homeless, name)
			}
		}
		examples := p.fileArrows(g)
		for _, w := range slices.SortedFunc(maps.Keys(examples), compareArrows) {
			a.all = append(a.all, w)
			if upward(fileLayers, w) {
				a.upward = append(a.upward, fmt.Sprintf("%s -> %s (%s)", w.from, w.to, strings.Join(examples[w], ", ")))
			}
		}
	}
	return a
}

func compareArrows(a, b arrow) int {
	return strings.Compare(a.from+"\x00"+a.to, b.from+"\x00"+b.to)
}

func upward(layers [][]string, w arrow) bool {
	return max(layerOf(layers, w.from), 0) < max(layerOf(layers, w.to), 0)
}

// fileArrows holds what each file of a package names of each other file.
func (p *program) fileArrows(g *pkg) map[arrow][]string {
	named := map[arrow][]string{}
	for id, obj := range g.info.Uses {
		if obj.Pkg() != g.types || !obj.Pos().IsValid() {
			continue
		}
		w := arrow{p.base(id.Pos()), p.base(obj.Pos())}
		if w.from != w.to && !slices.Contains(named[w], obj.Name()) {
			named[w] = append(named[w], obj.Name())
		}
	}
	for _, names := range named {
		slices.Sort(names)
	}
	return named
}

func (p *program) base(pos token.Pos) string { return filepath.Base(p.fset.Position(pos).Filename) }
