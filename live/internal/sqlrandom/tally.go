package sqlrandom

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Tally counts what became of queries after writes.
type Tally struct {
	Refused, Changed int
	own, others      refetches // after writes of this program, and of other programs
	queries          int
}

type refetches struct{ writes, all, needless int }

func (r refetches) String() string {
	share := 100 * float64(r.needless) / max(1, float64(r.all))
	return fmt.Sprintf("%d, %d of them needless (%.1f %%, %.2f a write)", r.all, r.needless, share, float64(r.needless)/max(1, float64(r.writes)))
}

func (t *Tally) String() string {
	return fmt.Sprintf("%d writes, %d of them refused, changed %d of %d results; refetches after this program's writes: %v; after others': %v",
		t.Writes(), t.Refused, t.Changed, t.queries, t.own, t.others)
}

func (t *Tally) of(other bool) *refetches {
	if other {
		return &t.others
	}
	return &t.own
}

// Writes is how many writes there were.
func (t *Tally) Writes() int { return t.own.writes + t.others.writes }

// Add counts a write of this program or of another one, which may have been refused.
func (t *Tally) Add(other bool, err error) {
	t.of(other).writes++
	if err != nil {
		t.Refused++
	}
}

// Look counts a query after a write: whether its result has changed, and how often it was refetched.
func (t *Tally) Look(other, changed bool, fetches int) {
	t.queries++
	needless := fetches
	if changed {
		t.Changed++
		needless = max(0, fetches-1)
	}
	t.of(other).all += fetches
	t.of(other).needless += needless
}

// Result is all rows, sorted.
func Result(rows *sql.Rows, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	var lines []string
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		lines = append(lines, fmt.Sprint(values...))
	}
	slices.Sort(lines)
	return strings.Join(lines, "; "), rows.Err()
}
