package paging_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/htmxlive/htmxlive/paging"
)

// SQL is a whole statement. On SQLite it is two ranges of an index, for the priorities and for the issues without one.
func ExampleOptions_SQL() {
	o, _ := issueConfig.Parse(url.Values{"sort": {"priority"}}, "")
	stmt, args := o.SQL(paging.SQLite, paging.Query{
		Select: "id, title", From: "issues", Where: "team = ?", Args: []any{3}, Key: "id",
	})
	fmt.Println(strings.ReplaceAll(stmt, " UNION", "\nUNION"), args)
	fmt.Println("CREATE INDEX ON issues", o.Sort().Index(paging.SQLite))
	// Output:
	// SELECT * FROM (SELECT id, title FROM issues WHERE (team = ?) AND (priority IS NOT NULL) ORDER BY priority, id LIMIT 3) AS part1
	// UNION ALL SELECT * FROM (SELECT id, title FROM issues WHERE (team = ?) AND (unlikely(priority IS NULL)) ORDER BY priority, id LIMIT 3) AS part2 LIMIT 3 [3 3]
	// CREATE INDEX ON issues (priority, id)
}

// Query builders take the parts: squirrel as Where(c.Where, c.Args...).OrderBy(c.OrderBy).Limit(uint64(c.Limit)), bun and
// gorm alike.
func ExampleOptions_Clauses() {
	first, _ := issueConfig.Parse(url.Values{"sort": {"-id"}}, "")
	page, _ := paging.NewPage(first, []Issue{{ID: 9}, {ID: 8}, {ID: 7}}, issueColumn, paging.Unknown())
	o, _ := page.Target(paging.Next)

	c := o.Clauses("id")
	fmt.Println(c.Where, c.Args, c.OrderBy, c.Limit)
	fmt.Println(c.Dollars(2).Where)
	// Output:
	// (id < ?) [8] id DESC 3
	// (id < $2)
}

// A live page follows the rows it shows: they are fetched by their keys, and neither the order on the screen nor the
// links change under the reader.
func ExampleOptions_Restrict() {
	issues := []Issue{{ID: 1, Title: "No paper"}, {ID: 2, Title: "No light"}, {ID: 3, Title: "No coffee"}}
	fetch := func(o paging.Options) paging.Page[Issue] {
		page, err := paging.Slice(o, issues, issueColumn, func(i Issue) any { return i.ID })
		if err != nil {
			panic(err)
		}
		return page
	}
	o, _ := issueConfig.Parse(url.Values{"sort": {"-id"}}, "")
	shown := fetch(o)

	issues = slices.Delete(issues, 2, 3)  // somebody got coffee
	issues[1].Title = "No light at night" // and somebody else looked closer

	again := fetch(o.Restrict([]any{int64(3), int64(2)}))
	for _, was := range shown.Items {
		i := slices.IndexFunc(again.Items, func(i Issue) bool { return i.ID == was.ID })
		if i < 0 {
			fmt.Println(was.ID, "is gone")
			continue
		}
		fmt.Println(was.ID, again.Items[i].Title)
	}
	page := shown.With(again.Items)
	fmt.Println(page.HasNext(), page.Links().Next.URL == shown.Links().Next.URL)
	// Output:
	// 3 is gone
	// 2 No light at night
	// true true
}

// The heading of a column leads to the first page in the other direction.
func ExampleOptions_WithSort() {
	o, _ := issueConfig.Parse(url.Values{"sort": {"priority"}, "q": {"coffee"}}, "")
	order := "priority"
	if o.Order() == order {
		order = "-" + order
	}
	heading, ok := o.WithSort(order)
	fmt.Println(heading.URL(), ok)
	// Output: ?q=coffee&sort=-priority true
}
