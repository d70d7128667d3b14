package main

import (
	"go/ast"
	"go/types"
	"slices"
)

const funcValue = "a func value"

// calledValue lists the functions of other packages that a call of a func value can have reached: those with its
// signature that were handed to the package of f. It can be one too many where two have the same signature.
func (p *program) calledValue(f *function, e *ast.CallExpr) []call {
	var found []call
	for _, to := range p.handed[f.pkg] {
		if to.ran && types.Identical(signature(to), f.pkg.info.TypeOf(e.Fun).Underlying()) {
			found = append(found, call{f, to, e.Pos(), funcValue})
		}
	}
	return found
}

func signature(f *function) types.Type {
	if f.obj == nil {
		return f.pkg.info.TypeOf(f.node.(*ast.FuncLit))
	}
	return types.NewSignatureType(nil, nil, nil, f.obj.Signature().Params(), f.obj.Signature().Results(), f.obj.Signature().Variadic())
}

// handOver notes which functions each package passes to another: as an argument of a call, or as a field of its struct.
func (p *program) handOver() map[*pkg][]*function {
	handed := map[*pkg][]*function{}
	for _, g := range p.packages {
		for _, f := range g.files {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					p.hand(handed, g, p.receivers(g, n), n.Args)
				case *ast.CompositeLit:
					p.hand(handed, g, p.ownerOf(g.info.TypeOf(n)), fieldValues(n))
				}
				return true
			})
		}
	}
	return handed
}

func (p *program) hand(handed map[*pkg][]*function, from *pkg, to []*pkg, values []ast.Expr) {
	for _, v := range values {
		f := p.valueOf(from, v)
		for _, g := range to {
			if f != nil && g != from && !slices.Contains(handed[g], f) {
				handed[g] = append(handed[g], f)
			}
		}
	}
}

// valueOf is the function that an expression is, if it is one of the module's.
func (p *program) valueOf(g *pkg, e ast.Expr) *function {
	if lit, ok := ast.Unparen(e).(*ast.FuncLit); ok {
		return p.byLit[lit]
	}
	if obj, via := callee(g.info, e); obj != nil && via == nil {
		return p.byObj[obj.Origin()]
	}
	return nil
}

// receivers lists the packages that get the arguments of a call.
func (p *program) receivers(g *pkg, e *ast.CallExpr) []*pkg {
	obj, via := callee(g.info, e.Fun)
	if obj == nil {
		return nil
	}
	var found []*pkg
	for _, t := range p.targets(obj, via) {
		if to := p.byObj[t]; to != nil {
			found = append(found, to.pkg)
		}
	}
	return found
}

// ownerOf is the package of a named type.
func (p *program) ownerOf(t types.Type) []*pkg {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return nil
	}
	for _, g := range p.packages {
		if g.types == named.Obj().Pkg() {
			return []*pkg{g}
		}
	}
	return nil
}

func fieldValues(lit *ast.CompositeLit) []ast.Expr {
	values := make([]ast.Expr, 0, len(lit.Elts))
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		values = append(values, e)
	}
	return values
}
