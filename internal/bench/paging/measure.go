package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/htmxlive/htmxlive/paging"
)

// bench is what to measure.
type bench struct {
	rows, limit    int
	budget         time.Duration
	only           string
	randomPageCost float64
	plans          bool
}

// measure prints one table.
func (b bench) measure(ctx context.Context, d *database) error {
	depths := []int{0, b.rows / 100, b.rows / 2, b.rows - b.rows/1000}
	if err := b.head(ctx, d, depths); err != nil {
		return err
	}
	worst := verdict{}
	for i, l := range lists() {
		c := paging.MustConfig(paging.Config{Name: "rows", Dialect: d.dialect, Sorts: []paging.Sort{l.sort}, Limit: b.limit, Codec: paging.RandomCodec()})
		for _, m := range b.methods(d, indexName(i)) {
			times, err := b.atDepths(ctx, d, c, m, depths)
			if err != nil {
				return err
			}
			if strings.HasPrefix(m.name, "keyset") {
				worst.note(l.name+": "+m.name, times)
			}
			fmt.Printf("| %s: %s | %s |\n", l.name, m.name, strings.Join(milliseconds(times), " | "))
		}
	}
	fmt.Printf("\nKeyset pages: by medians %s; by lower quartiles %s.\n", worst.median, worst.quartile)
	return b.refetch(ctx, d)
}

// head prints the first lines of the table.
func (b bench) head(ctx context.Context, d *database, depths []int) error {
	var version string
	ask := map[paging.Dialect]string{
		paging.SQLite:     "SELECT 'SQLite ' || sqlite_version()",
		paging.PostgreSQL: "SELECT split_part(version(), ' (', 1)",
		paging.MySQL:      "SELECT 'MariaDB ' || substring_index(version(), '-', 1)",
	}
	if err := d.db.QueryRowContext(ctx, ask[d.dialect]).Scan(&version); err != nil {
		return err
	}
	fmt.Printf("\n### %s, %d rows, %d on a page\n\n| milliseconds, median |", version, b.rows, b.limit)
	for _, depth := range depths {
		fmt.Printf(" @%d |", depth)
	}
	fmt.Printf("\n|---|%s\n", strings.Repeat("---:|", len(depths)))
	return nil
}

// atDepths is what one method takes for the page at each depth.
func (b bench) atDepths(ctx context.Context, d *database, c paging.Config, m method, depths []int) ([]took, error) {
	var runs []*run
	for _, depth := range depths {
		o, err := b.place(ctx, d, c, depth, strings.HasSuffix(m.name, ", back"))
		if err != nil {
			return nil, err
		}
		stmt, args := m.sql(d, o, depth)
		runs = append(runs, &run{stmt: stmt, args: args})
	}
	return b.time(ctx, d, runs)
}

// verdict is how the keyset pages did against the goal.
type verdict struct{ median, quartile worst }

func (v *verdict) note(name string, times []took) {
	for _, t := range times {
		v.median.note(name, t.median, times[0].median)
		v.quartile.note(name, t.quartile, times[0].quartile)
	}
}

// worst is the slowest page, and the order in which a page differs most from depth 0.
type worst struct {
	slowest time.Duration
	ratio   float64
	name    string
}

func (w *worst) note(name string, t, first time.Duration) {
	w.slowest = max(w.slowest, t)
	if ratio := float64(t) / float64(first); ratio > w.ratio {
		w.ratio, w.name = ratio, name
	}
}

func (w worst) String() string {
	return fmt.Sprintf("at most %.3f ms, and at most %.1f times its depth 0 (%s)", ms(w.slowest), w.ratio, w.name)
}

// place is the page at a depth, reached as a browser reaches it: by the link of the page before. With back it is the page
// before that one, and at depth 0 the last one.
func (b bench) place(ctx context.Context, d *database, c paging.Config, depth int, back bool) (paging.Options, error) {
	o, err := c.Parse(nil, "")
	if err != nil || depth == 0 && !back {
		return o, err
	}
	if depth == 0 {
		return b.target(o, b.tied(o), paging.Last)
	}
	stmt, args := b.byOffset(d, o, depth-b.limit)
	rows, err := d.tickets(ctx, stmt, args...)
	if err != nil {
		return o, err
	}
	if o, err = b.target(o, rows, paging.Next); err != nil || !back {
		return o, err
	}
	stmt, args = o.SQL(d.dialect, query())
	if rows, err = d.tickets(ctx, stmt, args...); err != nil {
		return o, err
	}
	return b.target(o, rows, paging.Prev)
}

// tied are rows of a first page that differ in nothing but the id.
func (b bench) tied(o paging.Options) []ticket {
	rows := make([]ticket, b.limit+1)
	for i := range rows {
		rows[i].id = int64(i)
	}
	if keys := o.Sort().Keys; keys[len(keys)-1].Desc {
		slices.Reverse(rows)
	}
	return rows
}

func (b bench) target(o paging.Options, rows []ticket, target paging.Target) (paging.Options, error) {
	p, err := paging.NewPage(o, rows, column, paging.Unknown())
	if err != nil {
		return o, err
	}
	to, ok := p.Target(target)
	if !ok {
		return o, fmt.Errorf("a page of %d rows leads nowhere", len(rows))
	}
	return to, nil
}

// explain prints the plan of a statement where -plans asks for it.
func (b bench) explain(ctx context.Context, d *database, stmt string, args []any) error {
	if !b.plans {
		return nil
	}
	word := map[paging.Dialect]string{paging.SQLite: "EXPLAIN QUERY PLAN ", paging.PostgreSQL: "EXPLAIN ANALYZE ", paging.MySQL: "ANALYZE FORMAT=JSON "}[d.dialect]
	rows, err := d.db.QueryContext(ctx, word+stmt, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	fmt.Fprintln(os.Stderr, stmt, args)
	for rows.Next() {
		var line string
		dest := []any{&line}
		if d.dialect == paging.SQLite {
			dest = []any{new(sql.RawBytes), new(sql.RawBytes), new(sql.RawBytes), &line}
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "   ", line)
	}
	return rows.Err()
}

// refetch measures what a live page does when something has changed: the rows it shows, by their keys.
func (b bench) refetch(ctx context.Context, d *database) error {
	c := paging.MustConfig(paging.Config{Name: "rows", Dialect: d.dialect, Sorts: []paging.Sort{lists()[0].sort}, Limit: b.limit, Codec: paging.RandomCodec()})
	o, err := b.place(ctx, d, c, b.rows/2, false)
	if err != nil {
		return err
	}
	stmt, args := o.SQL(d.dialect, query())
	rows, err := d.tickets(ctx, stmt, args...)
	if err != nil {
		return err
	}
	var keys []any
	for _, r := range rows[:min(b.limit, len(rows))] {
		keys = append(keys, r.id)
	}
	stmt, args = o.Restrict(keys).SQL(d.dialect, query())
	times, err := b.time(ctx, d, []*run{{stmt: stmt, args: args}})
	if err != nil {
		return err
	}
	fmt.Printf("\nThe same %d rows again by their keys, as a live page does: %.3f ms.\n", len(keys), ms(times[0].median))
	return nil
}

func ms(t time.Duration) float64 { return float64(t) / float64(time.Millisecond) }

func milliseconds(times []took) []string {
	out := make([]string, len(times))
	for i, t := range times {
		out[i] = fmt.Sprintf("%.2f", ms(t.median))
		if t.median > 10*time.Millisecond {
			out[i] = fmt.Sprintf("%.0f", ms(t.median))
		}
	}
	return out
}
