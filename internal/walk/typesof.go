package main

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
)

// typesOf lists the types to know: named types of the module, on package level, that have a method among the functions
// or are named in the code of one that ran (its signature included). Type parameters and what the probe declares are none.
func typesOf(functions []*function) []*types.TypeName {
	found := map[*types.TypeName]bool{}
	rooms := map[*types.Package]bool{}
	for _, f := range functions {
		rooms[f.pkg.types] = true
	}
	for _, f := range functions {
		if f.obj != nil && f.obj.Signature().Recv() != nil {
			note(found, rooms, receiver(f.obj))
		}
		for _, tn := range named(f) {
			note(found, rooms, tn)
		}
	}
	list := make([]*types.TypeName, 0, len(found))
	for tn := range found {
		list = append(list, tn)
	}
	slices.SortFunc(list, func(a, b *types.TypeName) int {
		return cmp.Or(cmp.Compare(a.Pkg().Path(), b.Pkg().Path()), cmp.Compare(a.Name(), b.Name()))
	})
	return list
}

// named lists the types that a function names in its signature and where it ran. Literals in it are functions of their own.
func named(f *function) []*types.TypeName {
	var list []*types.TypeName
	ast.Inspect(f.node, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok && lit != f.node {
			return false
		}
		if id, ok := n.(*ast.Ident); ok && (id.Pos() < f.body.Pos() || f.reaches(id.Pos())) {
			if tn, ok := f.pkg.info.Uses[id].(*types.TypeName); ok {
				list = append(list, tn)
			}
		}
		return true
	})
	return list
}

// note adds a type of the given packages, unless it is declared within a function or is a type parameter.
func note(found map[*types.TypeName]bool, rooms map[*types.Package]bool, tn *types.TypeName) {
	if tn != nil && tn.Pkg() != nil && rooms[tn.Pkg()] && tn.Parent() == tn.Pkg().Scope() {
		found[tn] = true
	}
}

// receiver is the type that a method belongs to.
func receiver(m *types.Func) *types.TypeName {
	t := m.Signature().Recv().Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Obj()
	}
	return nil
}
