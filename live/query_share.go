package live

// shareable is Query, ListQuery or PageQuery.
type shareable[Q any] interface {
	sharedBy(ref *shareRef) Q
}

// shareRef says which cohort a query belongs to.
type shareRef struct {
	owner any // the keeper
	key   shareKey
	query any // as it was built
}

type shareKey struct {
	name  string
	scope string
	args  any
	page  string // page options, and the path that links lead to
}

func (r *shareRef) keyOn(page string) shareKey {
	key := r.key
	key.page = page
	return key
}
