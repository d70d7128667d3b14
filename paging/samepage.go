package paging

// SamePage reports whether both lead to the same rows of one list: in order, filters, limit and place. Their paths, their
// scopes and parameters that Parse did not know may differ.
func (o Options) SamePage(other Options) bool {
	for _, side := range []*Options{&o, &other} {
		side.scope, side.path, side.others = "", "", nil
	}
	return o.ID() == other.ID()
}
