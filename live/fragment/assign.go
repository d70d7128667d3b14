package fragment

// Status is the state of an assign.
type Status string

// The states of an assign.
const (
	Ready   Status = "ready"   // Value and Rows are the result
	Loading Status = "loading" // the query runs once the stream is open (LoadUntilConnected)
	Gone    Status = "gone"    // the query returned live.ErrGone: its subject does not exist any more
	Cleared Status = "cleared" // the query returned live.ErrForbidden: the viewer may not see its subject any more
)

// Assigns is what a fragment is given: assigns by name. A fragment of one query is given that query's assign alone; the
// name of a shared query is the one that it was shared under. A composed fragment is given all that it was composed of.
type Assigns map[string]Assign

// Assign is a kept query or a plain value, as fragments see it. It is shared by all fragments, pages and versions that it
// is the same for: do not change it, nor what it points to.
type Assign struct {
	// Status is whether there is a result. A plain value is Ready, unless the AfterFetch that sets it has nothing to
	// set it from: then it has the status of that query.
	Status Status
	// Value is the result: the V of a Query, the []T of a ListQuery, the paging.Page[T] of a PageQuery, or the plain
	// value. Unless the status is Ready it is nil.
	Value any
	// IsList reports whether the query is a list or a page, whatever its status.
	IsList bool
	// Rows are the rows to show, in order. They are those of Value, and those that vanished where Results keeps rows.
	// Under Results Keep and Hold both are the rows that the page pins, those it was loaded with: a count or a sum over them
	// leaves out what is new. For totals, give the list ResultsLose, or the total a query of its own.
	Rows []Row
	// Pending is how many rows a fresh load would add or drop. It is counted under Results Hold, and 0 otherwise.
	Pending int
}

// Row is a keyed row of a list or page.
type Row struct {
	// Key is the row's key as text: what its MarshalText or else fmt.Sprint says. It is unique in the list.
	Key string
	// Value is the row, a T; nil when the row is gone.
	Value any
	// Gone reports whether the row vanished while somebody looks at it: it was deleted, or may not be shown any more.
	Gone bool
}
