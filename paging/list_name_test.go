package paging_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// What one list seals does not open in another, though codec, scope and columns are the same.
func TestACursorOfAnotherListIsOutdated(t *testing.T) {
	type ticket struct {
		ID int64 `db:"id"`
	}
	type person struct {
		ID string `db:"id"`
	}
	config := func(name string) paging.Config {
		return paging.Config{
			Name: name, Dialect: paging.InMemory, Limit: 1, Codec: testCodec, Sorts: []paging.Sort{{Name: "id", Keys: paging.Keys("id")}},
		}
	}
	tickets, people := paging.MustNew[ticket](config("tickets")), paging.MustNew[person](config("tickets"))
	o, err := tickets.Parse(nil, "team:3")
	if err != nil {
		t.Fatal(err)
	}
	p, err := tickets.Slice(o, []ticket{{1}, {2}, {3}}, nil)
	if err != nil || p.Links().Next == nil {
		t.Fatalf("%v, links %+v", err, p.Links())
	}
	next := paging.ParseQuery(p.Links().Next.URL[1:])
	for name, parse := range map[string]func() (paging.Options, error){
		"of another name": func() (paging.Options, error) {
			return paging.MustNew[ticket](config("comments")).Parse(next, "team:3")
		},
		"of another type":       func() (paging.Options, error) { return people.Parse(next, "team:3") },
		"that is a plain value": func() (paging.Options, error) { return paging.MustConfig(config("comments")).Parse(next, "team:3") },
	} {
		if _, err := parse(); !errors.Is(err, paging.ErrOutdated) {
			t.Errorf("a cursor in a list %s: %v", name, err)
		}
	}
	if _, err := paging.MustNew[ticket](config("tickets")).Parse(next, "team:3"); err != nil {
		t.Errorf("a cursor of the same list in another process: %v", err)
	}
	other, err := paging.MustNew[ticket](config("comments")).Parse(nil, "team:3")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := paging.Thaw[ticket](other, nil, p.Frame()); !errors.Is(err, paging.ErrOutdated) {
		t.Errorf("a frame in a list of another name: %v", err)
	}
}

// Keys that are bytes, which a map cannot hold, find their rows in memory, too.
func TestSliceFindsRowsByBytes(t *testing.T) {
	type file struct {
		Hash []byte `db:"hash"`
	}
	files := paging.MustNew[file](paging.Config{
		Name: "files", Dialect: paging.InMemory, Codec: testCodec, Sorts: []paging.Sort{{Name: "hash", Keys: paging.Keys("hash")}},
	})
	o, err := files.Parse(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	all := []file{{[]byte{1}}, {[]byte{2}}, {[]byte{1, 2}}, {[]byte{12}}}
	p, err := files.Slice(o.Restrict([]any{[]byte{1, 2}, []byte{2}}), all, func(f file) any { return f.Hash })
	if err != nil || len(p.Items) != 2 || len(p.Items[0].Hash) != 2 || p.Items[1].Hash[0] != 2 {
		t.Errorf("found %v (%v)", p.Items, err)
	}
}

// What no field holds as the database does is a Column, and a row that is no struct has nothing else.
func TestAListSortsByColumns(t *testing.T) {
	byLength := paging.MustNew(paging.Config{
		Name: "words", Dialect: paging.InMemory, Limit: 2, Codec: testCodec,
		Sorts: []paging.Sort{{Name: "length", Keys: paging.Keys("-length(word)", "word")}},
	},
		paging.Column[string]{Name: "length(word)", Value: func(word string) any { return len(word) }},
		paging.Column[string]{Name: "word", Value: func(word string) any { return word }})
	o, err := byLength.Parse(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for more := true; more; {
		p, err := byLength.Slice(o, []string{"a", "ccc", "bb", "aa", "c"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.Items...)
		o, more = p.Target(paging.Next)
	}
	if want := []string{"ccc", "aa", "bb", "a", "c"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A Column without a value would leave the field of its name in its place, unseen.
func TestAColumnHasANameAndAValue(t *testing.T) {
	type event struct {
		ID int64 `db:"id"`
		At int64 `db:"at"`
	}
	config := paging.Config{
		Name: "events", Dialect: paging.SQLite, Codec: testCodec,
		Sorts: []paging.Sort{{Name: "at", Keys: paging.Keys("at", "id")}},
	}
	for _, column := range []paging.Column[event]{{Name: "at"}, {Value: func(e event) any { return e.At }}} {
		if _, err := paging.New(config, column); err == nil || !strings.Contains(err.Error(), "needs a Name and a Value") {
			t.Errorf("%+v: %v", column, err)
		}
	}
}

// A Column goes before the field of its name, and says nothing about NULLs: its key does.
func ExampleColumn() {
	type event struct {
		ID int64 `db:"id"`
		At int64 `db:"at"` // seconds here, milliseconds in the table
	}
	events := paging.MustNew(paging.Config{
		Name: "events", Dialect: paging.SQLite, Limit: 1, Codec: testCodec,
		Sorts: []paging.Sort{{Name: "at", Keys: paging.Keys("at", "id")}},
	}, paging.Column[event]{Name: "at", Value: func(e event) any { return e.At * 1000 }})

	o, _ := events.Parse(nil, "")
	page, _ := events.Page(o, []event{{7, 12}, {8, 12}})
	next, _ := page.Target(paging.Next)
	values, _ := next.Cursor()
	fmt.Println(values)
	// Output: [12000 7]
}
