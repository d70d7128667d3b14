package libraries_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	sq "github.com/Masterminds/squirrel"
	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/paging"
)

// Entry has a column for each kind of value that a library may bind in its own way.
type Entry struct {
	ID   int64     `db:"id"`
	Hash []byte    `db:"hash"`
	Few  int64     `db:"few"`
	Num  *int64    `db:"num"`
	Txt  *string   `db:"txt"`
	At   time.Time `db:"at"`
	Flag bool      `db:"flag"`
}

// How many walks there are, and by how much make test shortens them. make test-libraries runs all.
const (
	allWalks = 304
	factor   = 8
)

func walks(t *testing.T) int {
	t.Helper()
	if os.Getenv("HTMXLIVE_WALKS") != "" {
		return allWalks
	}
	t.Logf("shorter by a factor of %d: make test-libraries has all %d walks", factor, allWalks)
	return allWalks / factor
}

// way is how one library fetches a page from one database. Key is the column of Restrict's keys.
type way struct {
	name  string
	db    database
	fetch func(ctx context.Context, l *paging.List[Entry], key string, o paging.Options) (paging.Page[Entry], error)
}

// Each walk has rows, an order and a library of its own: forward and back it shows every row once and in the order of the
// database, and what it shows is found again by keys.
func TestWalks(t *testing.T) {
	ways := slices.Concat(waysOf(openPostgres(t)), pgxWays(t), waysOf(openSQLite(t)), waysOf(openMariaDB(t)))
	for _, w := range ways {
		w.db.exec(t, "DROP TABLE IF EXISTS entries")
		w.db.exec(t, map[paging.Dialect]string{
			paging.PostgreSQL: `CREATE TABLE entries (id bigint PRIMARY KEY, hash bytea NOT NULL, few int NOT NULL, num bigint,
				txt text COLLATE "C", at timestamptz NOT NULL, flag boolean NOT NULL)`,
			paging.SQLite: `CREATE TABLE entries (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, few INTEGER NOT NULL, num INTEGER,
				txt TEXT, at TIMESTAMP NOT NULL, flag BOOLEAN NOT NULL)`,
			paging.MySQL: `CREATE TABLE entries (id bigint PRIMARY KEY, hash varbinary(20) NOT NULL, few int NOT NULL, num bigint,
				txt varchar(60) COLLATE utf8mb4_nopad_bin, at datetime(6) NOT NULL, flag boolean NOT NULL)`,
		}[w.db.dialect])
	}
	for i := range walks(t) {
		w := ways[i%len(ways)]
		t.Run(fmt.Sprintf("%03d by %s", i, w.name), func(t *testing.T) {
			walk(t, w, rand.New(rand.NewPCG(12, uint64(i))))
		})
	}
}

// waysOf are the libraries that know all databases.
func waysOf(d database) []way {
	name := " on " + d.dialect.String()
	placeholders := map[bool]sq.PlaceholderFormat{true: sq.Dollar, false: sq.Question}[d.dialect == paging.PostgreSQL]
	query := func(key string) paging.Query {
		return paging.Query{From: "entries", Where: d.bind("few >= ?"), Args: []any{1}, Key: key}
	}
	return []way{
		{"database/sql" + name, d, func(ctx context.Context, l *paging.List[Entry], key string, o paging.Options) (paging.Page[Entry], error) {
			stmt, args := l.SQL(o, query(key))
			rows, err := d.sql.QueryContext(ctx, stmt, args...)
			if err != nil {
				return paging.Page[Entry]{}, err
			}
			return l.Scan(o, rows)
		}},
		{"squirrel" + name, d, func(ctx context.Context, l *paging.List[Entry], key string, o paging.Options) (paging.Page[Entry], error) {
			c := o.Clauses(key)
			rows, err := sq.Select("id", "hash", "few", "num", "txt", "at", "flag").From("entries").Where("few >= ?", 1).Where(c.Where, c.Args...).
				OrderBy(c.OrderBy).Limit(uint64(c.Limit)).Offset(uint64(c.Offset)).PlaceholderFormat(placeholders).RunWith(d.sql).QueryContext(ctx)
			if err != nil {
				return paging.Page[Entry]{}, err
			}
			return l.Scan(o, rows)
		}},
		{"bun" + name, d, func(ctx context.Context, l *paging.List[Entry], key string, o paging.Options) (paging.Page[Entry], error) {
			c := o.Clauses(key)
			var rows []Entry
			err := d.bun.NewSelect().Model(&rows).Where("few >= ?", 1).Where(c.Where, c.Args...).OrderExpr(c.OrderBy).Limit(int64(c.Limit)).Offset(int64(c.Offset)).Scan(ctx)
			if err != nil {
				return paging.Page[Entry]{}, err
			}
			return l.Page(o, rows)
		}},
		{"gorm" + name, d, func(ctx context.Context, l *paging.List[Entry], key string, o paging.Options) (paging.Page[Entry], error) {
			c := o.Clauses(key)
			var rows []Entry
			err := d.gorm.WithContext(ctx).Where("few >= ?", 1).Where(c.Where, c.Args...).Order(c.OrderBy).Limit(c.Limit).Offset(c.Offset).Find(&rows).Error
			if err != nil {
				return paging.Page[Entry]{}, err
			}
			return l.Page(o, rows)
		}},
		{"gorm Raw" + name, d, func(ctx context.Context, l *paging.List[Entry], key string, o paging.Options) (paging.Page[Entry], error) {
			stmt, args := l.SQL(o, query(key))
			var rows []Entry
			if err := d.gorm.WithContext(ctx).Raw(stmt, args...).Scan(&rows).Error; err != nil {
				return paging.Page[Entry]{}, err
			}
			return l.Page(o, rows)
		}},
	}
}

// pgxWays are the modes in which pgx sends values.
func pgxWays(t *testing.T) []way {
	t.Helper()
	d := openPostgres(t)
	var ways []way
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		conn := openPgx(t, mode)
		ways = append(ways, way{"pgx, " + mode.String(), d, func(ctx context.Context, l *paging.List[Entry], key string, o paging.Options) (paging.Page[Entry], error) {
			stmt, args := l.SQL(o, paging.Query{From: "entries", Where: "few >= $1", Args: []any{1}, Key: key})
			rows, _ := conn.Query(ctx, stmt, args...) // CollectRows has its error
			all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Entry])
			if err != nil {
				return paging.Page[Entry]{}, err
			}
			return l.Page(o, all)
		}})
	}
	return ways
}

func walk(t *testing.T, w way, r *rand.Rand) {
	keys := drawKeys(r, w.db.dialect)
	list := paging.MustNew[Entry](paging.Config{
		Name: "entries", Dialect: w.db.dialect, AllowSort: true, Codec: testCodec, MaxLimit: 50, Sorts: []paging.Sort{{Name: "it", Keys: keys}},
	})
	fill(t, w.db, r)
	order := orderOf(keys, w.db.dialect)
	want := w.db.ids(t, "SELECT id FROM entries WHERE few >= 1 ORDER BY "+order)
	limit := 1 + r.IntN(9)
	forward := turn(t, w, list, fmt.Sprintf("limit=%d", limit), paging.Next, len(want))
	back := turn(t, w, list, fmt.Sprintf("limit=%d&before=end", limit), paging.Prev, len(want))
	slices.Reverse(back)
	if !slices.Equal(forward, want) || !slices.Equal(back, want) {
		t.Errorf("ORDER BY %s, %d a page:\nforward %v\nback    %v\nwant    %v", order, limit, forward, back, want)
	}
}

// turn turns pages to the end, looks for the rows of each by their keys, and is the ids of all rows in the order they came.
func turn(t *testing.T, w way, l *paging.List[Entry], query string, to paging.Direction, most int) (got []int64) {
	t.Helper()
	o, err := l.Parse(paging.ParseQuery(query), "")
	if err != nil {
		t.Fatal(err)
	}
	for more := true; more && len(got) <= most; {
		p, err := w.fetch(t.Context(), l, "id", o)
		if err != nil {
			t.Fatal(err)
		}
		findAgain(t, w, l, p)
		items := slices.Clone(p.Items)
		if to == paging.Prev {
			slices.Reverse(items)
		}
		got = append(got, idsOf(items)...)
		o, more = p.Target(to)
	}
	return got
}

// findAgain restricts a page to the keys it shows, in all forms that keys have.
func findAgain(t *testing.T, w way, l *paging.List[Entry], p paging.Page[Entry]) {
	t.Helper()
	for key, of := range map[string]func(Entry) any{
		"id":      func(r Entry) any { return r.ID },
		"hash":    func(r Entry) any { return r.Hash },
		"few, id": func(r Entry) any { return [2]int64{r.Few, r.ID} },
		"hash, id": func(r Entry) any {
			return struct {
				H []byte
				I int64
			}{r.Hash, r.ID}
		},
	} {
		keys := make([]any, len(p.Items))
		for i, r := range p.Items {
			keys[i] = of(r)
		}
		again, err := w.fetch(t.Context(), l, key, p.Options().Restrict(keys))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(slices.Sorted(slices.Values(idsOf(again.Items))), slices.Sorted(slices.Values(idsOf(p.Items)))) {
			t.Fatalf("by %s: found %v of %v", key, idsOf(again.Items), idsOf(p.Items))
		}
	}
}

func idsOf(rows []Entry) []int64 {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids
}

// drawKeys is an order of up to three columns and one that is unique, number or bytes.
func drawKeys(r *rand.Rand, d paging.Dialect) []paging.Key {
	columns := []string{"few", "num", "txt", "at", "flag"}
	r.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
	columns = append(columns[:r.IntN(4)], []string{"id", "hash"}[r.IntN(2)])
	even := r.IntN(3) == 0 // a row value
	var keys []paging.Key
	for _, column := range columns {
		k := paging.Key{Column: column, Desc: !even && r.IntN(2) == 0}
		switch column {
		case "num", "txt":
			k.Nulls = []paging.Nulls{paging.NullsFirst, paging.NullsLast}[r.IntN(2)]
		case "at":
			if d == paging.SQLite {
				k.Layout = paging.LayoutMattn // as glebarez writes times, too
			}
		}
		keys = append(keys, k)
	}
	return keys
}

// orderOf is what the database is asked for the order that is wanted. MySQL has no words for NULLs.
func orderOf(keys []paging.Key, d paging.Dialect) string {
	var words []string
	for _, k := range keys {
		word := k.Column
		if k.Desc {
			word += " DESC"
		}
		switch {
		case k.Nulls == paging.NotNull:
		case d == paging.MySQL && k.Nulls == paging.NullsFirst:
			words = append(words, k.Column+" IS NOT NULL")
		case d == paging.MySQL:
			words = append(words, k.Column+" IS NULL")
		case k.Nulls == paging.NullsFirst:
			word += " NULLS FIRST"
		default:
			word += " NULLS LAST"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// fill draws rows that tie a lot and hold what SQL has a meaning for.
func fill(t *testing.T, d database, r *rand.Rand) {
	t.Helper()
	d.exec(t, "DELETE FROM entries")
	texts := []string{"", " ", "a", "A", "é", "中", "a\tb", "'; DROP TABLE rows; --", "?", "$1", `\`, "@id", "?0", "it''s"}
	numbers := []int64{math.MinInt64, -1, 0, 1, 1<<53 + 1, 1 << 53, math.MaxInt64}
	var marks []string
	var args []any
	for id := range int64(r.IntN(41)) {
		row := Entry{
			ID: id, Few: r.Int64N(4), Flag: r.IntN(2) == 0, At: baseTime.Add(time.Duration(r.IntN(4)) * time.Microsecond),
			Hash: binary.BigEndian.AppendUint64([]byte{0, '\'', '?'}[:r.IntN(4)], rand.New(rand.NewPCG(1, uint64(id))).Uint64()),
		}
		if r.IntN(3) > 0 {
			row.Num = new(numbers[r.IntN(len(numbers))])
		}
		if r.IntN(3) > 0 {
			row.Txt = new(texts[r.IntN(len(texts))])
		}
		marks = append(marks, "(?, ?, ?, ?, ?, ?, ?)")
		args = append(args, row.ID, row.Hash, row.Few, row.Num, row.Txt, row.At, row.Flag)
	}
	if len(marks) > 0 {
		d.exec(t, "INSERT INTO entries (id, hash, few, num, txt, at, flag) VALUES "+strings.Join(marks, ", "), args...)
	}
}
