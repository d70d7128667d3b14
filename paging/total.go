package paging

import "strconv"

// Total is how many rows a list has on all its pages together, as far as it is known. The zero Total is unknown.
type Total struct {
	n    int64
	kind totalKind
}

type totalKind byte

const (
	unknown totalKind = iota
	exact
	atLeast
	estimated
)

// Unknown is the total of rows that were not counted.
func Unknown() Total { return Total{} }

// Exact is the total of rows that were counted.
func Exact(n int64) Total { return Total{max(n, 0), exact} }

// AtLeast is the total when counting was stopped at n: "10,000+".
func AtLeast(n int64) Total { return Total{max(n, 0), atLeast} }

// Estimated is a total that may be wrong either way, such as a planner's: "~10,000". It is shown and nothing is computed
// from it.
func Estimated(n int64) Total { return Total{max(n, 0), estimated} }

// N is the number; false when nothing is known.
func (t Total) N() (int64, bool) { return t.n, t.kind != unknown }

// IsExact reports whether N is neither a bound nor a guess.
func (t Total) IsExact() bool { return t.kind == exact }

// String is the total for people: "1,234", "10,000+", "~10,000", or "" when it is unknown.
func (t Total) String() string {
	switch t.kind {
	case exact:
		return grouped(t.n)
	case atLeast:
		return grouped(t.n) + "+"
	case estimated:
		return "~" + grouped(t.n)
	default:
		return ""
	}
}

// grouped writes 1234567 as 1,234,567.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Counted is the total when n rows were counted for o. Count queries made by SQL stop one row above Config.CountCap, and
// what was stopped is AtLeast.
func (o Options) Counted(n int64) Total {
	if most := int64(o.config().CountCap); most > 0 && n > most {
		return AtLeast(most)
	}
	return Exact(n)
}
