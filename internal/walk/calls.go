package main

import (
	"go/ast"
	"go/token"
	"go/types"
)

// call is one place in code that ran from which a function that ran can be called.
type call struct {
	from, to *function
	at       token.Pos
	via      string // the interface, "a func value", or nothing for a plain call
}

// calls lists what f calls, in the order of the text: what is called in a call's arguments before the call, a literal
// that is passed to it after it.
func (p *program) calls(f *function) []call {
	var found, deferred []call
	var stack []ast.Node
	ast.Inspect(f.body, func(n ast.Node) bool {
		if n != nil {
			if lit, ok := n.(*ast.FuncLit); ok {
				found = append(found, p.refers(f, lit)...)
				return false
			}
			stack = append(stack, n)
			return true
		}
		last := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		switch last := last.(type) {
		case *ast.CallExpr:
			made := p.called(f, last)
			if isDeferred(stack) {
				deferred = append(deferred, made...)
			} else {
				found = append(found, made...)
			}
		case *ast.Ident:
			found = append(found, p.refers(f, last)...)
		}
		return true
	})
	return append(found, deferred...)
}

func isDeferred(stack []ast.Node) bool {
	if len(stack) == 0 {
		return false
	}
	_, ok := stack[len(stack)-1].(*ast.DeferStmt)
	return ok
}

const reference = "reference" // named or written, and called by somebody else

// refers lists the function that an expression is, called or not.
func (p *program) refers(f *function, e ast.Expr) []call {
	var to *function
	switch e := e.(type) {
	case *ast.FuncLit:
		to = p.byLit[e]
	case *ast.Ident:
		if obj, ok := f.pkg.info.Uses[e].(*types.Func); ok {
			to = p.byObj[obj.Origin()]
		}
	}
	if to == nil || !to.ran || !f.reaches(e.Pos()) {
		return nil
	}
	return []call{{f, to, e.Pos(), reference}}
}

// called lists the functions that ran and that a call expression can have called.
func (p *program) called(f *function, e *ast.CallExpr) []call {
	if !f.reaches(e.Pos()) {
		return nil
	}
	obj, via := callee(f.pkg.info, e.Fun)
	if obj == nil {
		if _, ok := f.pkg.info.TypeOf(e.Fun).Underlying().(*types.Signature); ok {
			return p.calledValue(f, e)
		}
		return nil
	}
	var found []call
	for _, target := range p.targets(obj, via) {
		if to := p.byObj[target]; to != nil && to.ran {
			found = append(found, call{f, to, e.Pos(), viaName(via)})
		}
	}
	return found
}

// callee is the function or method that an expression names, and the interface if it is one's method.
func callee(info *types.Info, fun ast.Expr) (*types.Func, types.Type) {
	switch e := ast.Unparen(fun).(type) {
	case *ast.IndexExpr:
		return callee(info, e.X)
	case *ast.IndexListExpr:
		return callee(info, e.X)
	case *ast.Ident:
		obj, _ := info.Uses[e].(*types.Func)
		return obj, nil
	case *ast.SelectorExpr:
		obj, _ := info.Uses[e.Sel].(*types.Func)
		if obj == nil {
			return nil, nil
		}
		if recv := obj.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
			return obj, recv.Type()
		}
		return obj, nil
	}
	return nil, nil
}

// targets lists the functions that a call of obj can reach: obj, or the methods of types that have its interface.
func (p *program) targets(obj *types.Func, via types.Type) []*types.Func {
	if via == nil {
		return []*types.Func{obj.Origin()}
	}
	iface, ok := via.Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var found []*types.Func
	seen := map[*types.Func]bool{}
	for _, g := range p.packages {
		for _, name := range g.types.Scope().Names() {
			tn, ok := g.types.Scope().Lookup(name).(*types.TypeName)
			if !ok || types.IsInterface(tn.Type()) || !types.Implements(types.NewPointer(tn.Type()), iface) {
				continue
			}
			m, _, _ := types.LookupFieldOrMethod(tn.Type(), true, obj.Pkg(), obj.Name())
			if m, ok := m.(*types.Func); ok && !seen[m.Origin()] {
				seen[m.Origin()] = true
				found = append(found, m.Origin())
			}
		}
	}
	return found
}

// viaName is an interface's name with its package's.
func viaName(t types.Type) string {
	if t == nil {
		return ""
	}
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}
