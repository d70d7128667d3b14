package main

import (
	"cmp"
	"go/types"
	"maps"
	"slices"
)

// way is what a notification passes.
type way struct {
	program   *program
	functions []*function // in the order in which they can be called; from the one at apart on: reached by no call that the tool can follow
	apart     int
	crossings []call // one for each pair of calling package and called function
	callbacks []call // those of them from a package that does not import the called one, without the allowed ones
	types     []*types.TypeName
	arrows    arrows
	complex   []string
	steps     map[string][]string // of the story, by the files that they link to
}

// walkOf follows the functions that ran.
func walkOf(p *program) *way {
	p.handed = p.handOver()
	w := &way{program: p, arrows: arrowsOf(p, "live")}
	seen, crossed := map[*function]bool{}, map[crossing]bool{}
	var follow func(f *function)
	follow = func(f *function) {
		if seen[f] {
			return
		}
		seen[f] = true
		if !p.isProbe(f.pkg) {
			w.functions = append(w.functions, f)
		}
		for _, c := range p.calls(f) {
			w.cross(c, crossed)
			follow(c.to)
		}
	}
	ran := p.ran()
	for _, f := range ran {
		if p.isProbe(f.pkg) {
			follow(f)
		}
	}
	w.apart = len(w.functions)
	for _, f := range rootsFirst(p, ran, seen) {
		follow(f)
	}
	w.types = typesOf(w.functions)
	return w
}

// crossing is a package that calls a function of another.
type crossing struct {
	from *pkg
	to   *function
}

// cross notes a call between packages, once.
func (w *way) cross(c call, crossed map[crossing]bool) {
	pair := crossing{c.from.pkg, c.to}
	if c.via == reference || c.from.pkg == c.to.pkg || w.program.isProbe(c.from.pkg) || w.program.isProbe(c.to.pkg) || crossed[pair] {
		return
	}
	crossed[pair] = true
	w.crossings = append(w.crossings, c)
	if !c.from.pkg.knows[c.to.pkg.types] && !callbackAllowed[c.via] {
		w.callbacks = append(w.callbacks, c)
	}
}

func (p *program) isProbe(g *pkg) bool { return g.room == probe }

// ran lists the functions that ran, by package, file and line.
func (p *program) ran() []*function {
	var ran []*function
	for _, name := range slices.Sorted(maps.Keys(p.byFile)) {
		for _, f := range p.byFile[name] {
			if f.ran {
				ran = append(ran, f)
			}
		}
	}
	return ran
}

// rootsFirst lists the functions that have not been seen, first those that no other of them calls.
func rootsFirst(p *program, ran []*function, seen map[*function]bool) []*function {
	var rest []*function
	called := map[*function]bool{}
	for _, f := range ran {
		if seen[f] {
			continue
		}
		rest = append(rest, f)
		for _, c := range p.calls(f) {
			called[c.to] = called[c.to] || c.to != f
		}
	}
	slices.SortStableFunc(rest, func(a, b *function) int {
		return cmp.Compare(rank(called[a]), rank(called[b]))
	})
	return rest
}

func rank(called bool) int {
	if called {
		return 1
	}
	return 0
}
