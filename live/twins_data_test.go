package live_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/paging"
)

// entry is a row of the twins' lists.
type entry struct {
	ID       int    `db:"id"`
	Team     int    `db:"team"`
	State    string `db:"state"`
	Title    string `db:"title"`
	TeamName string `db:"team_name"` // of another table
}

// entries is a database of two tables, "items" and "teams".
type entries struct {
	mu      sync.Mutex // guards everything below
	rows    map[int]entry
	teams   map[int]string
	err     error
	takes   time.Duration // from when the rows were read
	fetches map[fetchKind]int
	byKeys  map[fetchKind]int // rows that were asked for by their keys
}

// fetchKind tells fetches of the lists that name their table from those of the others, and those that keep their rows from
// others.
type fetchKind struct{ partial, keeps bool }

const itemTeams = 3

func newItems(draw *rand.Rand) *entries {
	d := &entries{rows: map[int]entry{}, teams: map[int]string{}, fetches: map[fetchKind]int{}, byKeys: map[fetchKind]int{}}
	for team := range itemTeams {
		d.teams[team] = fmt.Sprint("team ", team)
	}
	for id := range 12 {
		d.rows[id] = entry{ID: id, Team: draw.IntN(itemTeams), State: drawState(draw), Title: "a"}
	}
	return d
}

func drawState(draw *rand.Rand) string { return []string{"open", "open", "done"}[draw.IntN(3)] }

// itemFilter is what a query says of the rows that it reads.
type itemFilter struct {
	team   int // below 0: any
	open   bool
	joined bool // it reads the names of teams
	desc   bool
	keys   []int // nil: any
}

// find reads under ctx, which says what of the filter is told to the driver.
func (d *entries) find(ctx context.Context, kind fetchKind, f itemFilter) ([]entry, error) {
	live.Reads(ctx, live.Narrow("db/items", live.Conditions(ctx, "items", "main.items")))
	if f.joined {
		live.Reads(ctx, "db/teams")
	}
	found, takes, err := d.read(kind, f)
	if takes > 0 {
		err = errors.Join(err, pause(ctx, takes))
	}
	return found, err
}

func (d *entries) read(kind fetchKind, f itemFilter) (found []entry, takes time.Duration, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fetches[kind]++
	d.byKeys[kind] += len(f.keys)
	if d.err != nil {
		return nil, d.takes, d.err
	}
	for _, r := range d.rows {
		if d.sees(f, r) {
			found = append(found, d.shown(f, r))
		}
	}
	slices.SortFunc(found, func(a, b entry) int {
		if f.desc {
			a, b = b, a
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return found, d.takes, nil
}

// count adds what was fetched.
func (d *entries) count(fetches, byKeys map[fetchKind]int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for kind, n := range d.fetches {
		fetches[kind] += n
		byKeys[kind] += d.byKeys[kind]
	}
}

// sees reports whether the filter lets a row through. It holds mu.
func (d *entries) sees(f itemFilter, r entry) bool {
	return (f.team < 0 || r.Team == f.team) && (!f.open || r.State == "open") && (f.keys == nil || slices.Contains(f.keys, r.ID))
}

// shown is the row with what is shown of the other table. It holds mu.
func (d *entries) shown(f itemFilter, r entry) entry {
	if f.joined {
		r.TeamName = d.teams[r.Team]
	}
	return r
}

// fail makes fetches fail, and take so long.
func (d *entries) fail(err error, takes time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err, d.takes = err, takes
}

var errAway = errors.New("the database is away")

// write changes some rows at once, as a transaction does, and returns what a driver tells of it.
func (d *entries) write(draw *rand.Rand) (changes []live.Change, topics []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	rows := 1 + draw.IntN(3)
	if draw.IntN(20) == 0 {
		rows = 80
	}
	for range rows {
		id := draw.IntN(14)
		old, was := d.rows[id]
		now, is := d.change(draw, id, old, was)
		if was || is {
			changes = append(changes, itemChange(draw, id, old, was, now, is))
		}
	}
	if draw.IntN(12) == 0 {
		team := draw.IntN(itemTeams)
		d.teams[team] += "!"
		changes = append(changes, live.Change{Topic: "db/teams", Table: "teams", Key: fmt.Sprint(team)})
	}
	if draw.IntN(16) == 0 {
		return nil, []string{"db/items", "db/teams"} // too much to tell
	}
	return changes, nil
}

// change is what becomes of a row. It holds mu.
func (d *entries) change(draw *rand.Rand, id int, old entry, was bool) (now entry, is bool) {
	now = old
	switch n := draw.IntN(8); {
	case !was:
		now = entry{ID: id, Team: draw.IntN(itemTeams), State: drawState(draw), Title: fmt.Sprint(draw.IntN(100))}
	case n == 0:
		delete(d.rows, id)
		return entry{}, false
	case n < 3:
		now.Team = draw.IntN(itemTeams)
	case n < 5:
		now.State = drawState(draw)
	default:
		now.Title = fmt.Sprint(draw.IntN(100))
	}
	d.rows[id] = now
	return now, true
}

// itemChange is what a driver tells of a row. Not every one knows everything.
func itemChange(draw *rand.Rand, id int, old entry, was bool, now entry, is bool) live.Change {
	c := live.Change{Topic: "db/items", Table: "items", Key: fmt.Sprint(id)}
	values := func(r entry) map[string]any {
		all := map[string]any{"id": int64(r.ID), "team": int64(r.Team), "state": r.State}
		if draw.IntN(6) == 0 {
			delete(all, []string{"id", "team", "state"}[draw.IntN(3)])
		}
		return all
	}
	if was {
		c.Old = values(old)
	}
	if is {
		c.New = values(now)
	}
	if draw.IntN(40) == 0 {
		c.Key = ""
	}
	return c
}

// clear leaves no row.
func (d *entries) clear() (changes []live.Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, r := range d.rows {
		changes = append(changes, live.Change{
			Topic: "db/items", Table: "items", Key: fmt.Sprint(id), Old: map[string]any{"id": r.ID, "team": r.Team, "state": r.State},
		})
	}
	clear(d.rows)
	return changes
}

// wrong is what a page shows that is not true, or that its viewer may not see: rows by their keys, with their texts.
func (d *entries) wrong(f itemFilter, rows map[int]string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		want := "gone"
		if r, ok := d.rows[id]; ok && d.sees(f, r) {
			want = d.shown(f, r).text()
		}
		if rows[id] != want {
			return fmt.Sprintf("the row %d is shown as %q, the truth is %q", id, rows[id], want)
		}
	}
	return ""
}

func (r entry) text() string {
	return fmt.Sprintf("%d %s %s %d%s", r.ID, r.Title, r.State, r.Team, r.TeamName)
}

// itemPaging is two ways of paging, three rows a page.
var itemPaging = map[string]*paging.List[entry]{"keyset": itemList(paging.Keyset, paging.CountNever), "offset": itemList(paging.Offset, paging.CountAlways)}

func itemList(mode paging.Mode, count paging.Counting) *paging.List[entry] {
	return paging.MustNew[entry](paging.Config{
		Name: "items", Dialect: paging.InMemory, Mode: mode, Limit: 3, Count: count,
		Codec: paging.NewCodec([]byte("0123456789abcdef0123456789abcdef")),
		Sorts: []paging.Sort{{Name: "id", Keys: paging.Keys("id")}},
	})
}
