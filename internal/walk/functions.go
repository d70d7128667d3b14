package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
)

// function is a declared function, or a function literal, which counts as one of its own.
type function struct {
	pkg    *pkg
	name   string
	node   ast.Node
	typ    *ast.FuncType
	body   *ast.BlockStmt
	obj    *types.Func // nil of a literal
	file   string      // within the module
	line   int
	lines  int
	ran    bool
	blocks []ranBlock // by their begin
}

type ranBlock struct {
	begin token.Pos
	ran   bool
}

// declare notes the functions of a file.
func (p *program) declare(g *pkg, f *ast.File, name string) {
	literals := map[string]int{}
	for _, decl := range f.Decls {
		outer := "var"
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				obj, _ := g.info.Defs[n.Name].(*types.Func)
				outer = nameOf(n)
				if n.Body != nil {
					p.byObj[obj] = p.function(g, name, &function{name: outer, node: n, typ: n.Type, body: n.Body, obj: obj})
				}
			case *ast.FuncLit:
				literals[outer]++
				lit := &function{name: fmt.Sprintf("%s.func%d", outer, literals[outer]), node: n, typ: n.Type, body: n.Body}
				p.byLit[n] = p.function(g, name, lit)
			}
			return true
		})
	}
}

func (p *program) function(g *pkg, name string, f *function) *function {
	f.pkg = g
	f.line = p.fset.Position(f.node.Pos()).Line
	f.lines = p.fset.Position(f.node.End()).Line - f.line + 1
	f.file = filepath.Join(g.room, filepath.Base(name))
	p.byFile[name] = append(p.byFile[name], f)
	return f
}

// nameOf is a function's name, with its receiver's.
func nameOf(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	typ := d.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.Name + "." + d.Name.Name
		default:
			return d.Name.Name
		}
	}
}

// mark gives each block to the innermost function that it begins in.
func (p *program) mark(blocks []block) {
	for _, b := range blocks {
		var inner *function
		for _, f := range p.byFile[b.file] { // an inner function stands after its outer one
			begin, end := p.fset.Position(f.body.Pos()), p.fset.Position(f.body.End())
			if !before(b.line, b.col, begin) && before(b.line, b.col, end) {
				inner = f
			}
		}
		if inner == nil {
			continue
		}
		inner.ran = inner.ran || b.ran
		begin := p.fset.File(inner.body.Pos()).LineStart(b.line) + token.Pos(b.col-1)
		inner.blocks = append(inner.blocks, ranBlock{begin, b.ran})
	}
	for _, functions := range p.byFile {
		for _, f := range functions {
			slices.SortFunc(f.blocks, func(a, b ranBlock) int { return int(a.begin - b.begin) })
		}
	}
}

// before reports whether line and column stand before where.
func before(line, col int, where token.Position) bool {
	return line < where.Line || line == where.Line && col < where.Column
}

// reaches reports whether the code at pos ran: the last block that begins before it did.
func (f *function) reaches(pos token.Pos) bool {
	ran := f.ran
	for _, b := range f.blocks {
		if b.begin > pos {
			break
		}
		ran = b.ran
	}
	return ran
}
