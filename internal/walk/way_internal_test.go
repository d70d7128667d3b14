package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	low = `package low

type Sink interface{ Take(n int) }

type Keeper struct {
	sink Sink
	done func(s string)
}

func New(sink Sink, done func(s string)) *Keeper { return &Keeper{sink, done} }

func (k *Keeper) Publish(n int) {
	if n > 0 {
		each(n, func(i int) { k.sink.Take(i) })
	} else {
		never(n)
	}
	k.done("")
}

func each(n int, f func(int)) { f(n) }

func never(int) {}
`
	high = `package high

import "example.org/m/low"

type Page struct{ got []int }

func (p *Page) Take(n int) { p.got = append(p.got, n) }

type Other struct{}

func (Other) Take(int) {}

func Start() *low.Keeper {
	return low.New(&Page{}, func(string) {})
}
`
	start = `package main

import "example.org/m/high"

func main() { high.Start().Publish(1) }
`
)

// small is a module of two rooms and a probe. All that was written ran, but what the names say.
func small(t *testing.T, never ...string) *program {
	t.Helper()
	p := &program{
		fset: token.NewFileSet(), module: "example.org/m", dir: t.TempDir(), byFile: map[string][]*function{},
		byObj: map[*types.Func]*function{}, byLit: map[*ast.FuncLit]*function{},
	}
	imports := &moduleImporter{own: map[string]*types.Package{}}
	for _, room := range []struct{ name, text string }{{"low", low}, {"high", high}, {probe, start}} {
		dir := filepath.Join(p.dir, room.name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte(room.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.add(listed{ImportPath: p.module + "/" + room.name, Dir: dir, GoFiles: []string{"a.go"}}, imports); err != nil {
			t.Fatal(err)
		}
	}
	var blocks []block
	for file, functions := range p.byFile {
		for _, f := range functions {
			at := p.fset.Position(f.body.Pos())
			blocks = append(blocks, block{file, at.Line, at.Column, !slices.Contains(never, f.name)})
		}
	}
	p.mark(blocks)
	return p
}

func names(functions []*function) string {
	list := make([]string, len(functions))
	for i, f := range functions {
		list[i] = f.name
	}
	return strings.Join(list, " ")
}

func crossings(calls []call) string {
	list := make([]string, len(calls))
	for i, c := range calls {
		list[i] = fmt.Sprintf("%s>%s.%s", c.from.pkg.room, c.to.pkg.room, c.to.name)
	}
	return strings.Join(list, " ")
}

func TestWay(t *testing.T) {
	p := small(t, "never", "Other.Take", "Start", "New")
	w := walkOf(p)
	if got, want := names(w.functions), "Keeper.Publish each Keeper.Publish.func1 Page.Take Start.func1"; got != want {
		t.Errorf("the way is %q, want %q", got, want)
	}
	if got, want := crossings(w.crossings), "low>high.Page.Take low>high.Start.func1"; got != want {
		t.Errorf("the crossings are %q, want %q", got, want)
	}
	if got := crossings(w.callbacks); got != crossings(w.crossings) {
		t.Errorf("the callbacks are %q: low knows nobody", got)
	}
	var known []string
	for _, tn := range w.types {
		known = append(known, tn.Name())
	}
	if got := strings.Join(known, " "); got != "Page Keeper" {
		t.Errorf("the types to know are %q", got)
	}
}

func TestWayOfWhatRan(t *testing.T) {
	w := walkOf(small(t))
	if got := crossings(w.crossings); !strings.Contains(got, "high>low.New") || !strings.Contains(got, "low>high.Other.Take") {
		t.Errorf("the crossings are %q", got)
	}
	if got := crossings(w.callbacks); strings.Contains(got, "high>low") {
		t.Errorf("high knows low, and yet its calls are callbacks: %q", got)
	}
}

func TestReaches(t *testing.T) {
	f := &function{ran: true, blocks: []ranBlock{{10, true}, {20, false}, {30, true}}}
	for pos, want := range map[token.Pos]bool{5: true, 10: true, 19: true, 20: false, 29: false, 30: true, 99: true} {
		if got := f.reaches(pos); got != want {
			t.Errorf("%d reached: %t", pos, got)
		}
	}
}

func TestOverLimits(t *testing.T) {
	w := walkOf(small(t, "never", "Other.Take"))
	w.callbacks = nil
	w.steps = map[string][]string{"low/a.go": {"1"}, "high/a.go": {"2"}}
	if over := w.overLimits(); len(over) != 0 {
		t.Errorf("a small way is over its limits: %v", over)
	}
	for range maxFunctions {
		w.functions = append(w.functions, w.functions[0])
	}
	over := w.overLimits()
	if len(over) != 1 || !strings.HasSuffix(over[0].Error(), fmt.Sprintf("functions run, and the limit is %d", maxFunctions)) {
		t.Errorf("over are %v", over)
	}
}
