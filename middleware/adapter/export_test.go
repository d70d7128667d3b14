package adapter

// For tests of what has no other door.
var (
	Reference = reference
	CutParam  = cutParam
)
