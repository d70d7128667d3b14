package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// program is the module's packages that the probe is built of, the probe included, with their types.
type program struct {
	fset     *token.FileSet
	module   string                 // its path
	dir      string                 // its folder
	packages []*pkg                 // what a package imports stands before it
	byFile   map[string][]*function // by the name that a profile gives the file
	byObj    map[*types.Func]*function
	byLit    map[*ast.FuncLit]*function
	handed   map[*pkg][]*function // to each package, by others
}

type pkg struct {
	room  string // its path within the module
	files []*ast.File
	types *types.Package
	info  *types.Info
	knows map[*types.Package]bool // what it imports, directly or not
}

// listed is what go list says of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	Module                  *struct {
		Path, Dir string
		Main      bool
	}
}

// load type-checks the packages of the module in the current folder. All others come from the build cache.
func load(ctx context.Context) (*program, error) {
	out, err := output(ctx, "go", "list", "-deps", "-export", "-json=ImportPath,Dir,Export,GoFiles,Module", "./"+probe)
	if err != nil {
		return nil, err
	}
	p := &program{
		fset: token.NewFileSet(), byFile: map[string][]*function{},
		byObj: map[*types.Func]*function{}, byLit: map[*ast.FuncLit]*function{},
	}
	imports := &moduleImporter{own: map[string]*types.Package{}, exports: map[string]string{}}
	imports.others = importer.ForCompiler(p.fset, "gc", imports.open)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			return p, nil
		} else if err != nil {
			return nil, err
		}
		if l.Module == nil || !l.Module.Main {
			imports.exports[l.ImportPath] = l.Export
			continue
		}
		p.module, p.dir = l.Module.Path, l.Module.Dir
		if err := p.add(l, imports); err != nil {
			return nil, err
		}
	}
}

// add parses and checks one package of the module.
func (p *program) add(l listed, imports *moduleImporter) error {
	g := &pkg{room: strings.TrimPrefix(l.ImportPath, p.module+"/"), knows: map[*types.Package]bool{}, info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{},
	}}
	for _, name := range l.GoFiles {
		f, err := parser.ParseFile(p.fset, filepath.Join(l.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		g.files = append(g.files, f)
	}
	checked, err := (&types.Config{Importer: imports}).Check(l.ImportPath, p.fset, g.files, g.info)
	if err != nil {
		return err
	}
	g.types, imports.own[l.ImportPath] = checked, checked
	for _, other := range p.packages {
		for _, direct := range checked.Imports() {
			if direct == other.types {
				g.learn(other)
			}
		}
	}
	p.packages = append(p.packages, g)
	for _, f := range g.files {
		p.declare(g, f, l.ImportPath+"/"+filepath.Base(p.fset.File(f.Pos()).Name()))
	}
	return nil
}

func (g *pkg) learn(other *pkg) {
	g.knows[other.types] = true
	for far := range other.knows {
		g.knows[far] = true
	}
}

// at says where pos is, within the module.
func (p *program) at(pos token.Pos) string {
	where := p.fset.Position(pos)
	name, err := filepath.Rel(p.dir, where.Filename)
	if err != nil {
		name = where.Filename
	}
	return fmt.Sprintf("%s:%d", name, where.Line)
}

// moduleImporter gives the module's packages as they were checked from source, and all others as they were compiled.
type moduleImporter struct {
	own     map[string]*types.Package
	exports map[string]string
	others  types.Importer
}

func (m *moduleImporter) Import(path string) (*types.Package, error) {
	if own := m.own[path]; own != nil {
		return own, nil
	}
	return m.others.Import(path)
}

func (m *moduleImporter) open(path string) (io.ReadCloser, error) { return os.Open(m.exports[path]) }
