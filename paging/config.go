package paging

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Mode says how a list may be walked.
type Mode int

const (
	// Keyset remembers the row a page ends with and continues after it. It costs the same at any depth, and rows that
	// are there all the time are seen exactly once, whatever is inserted or deleted meanwhile. It has no page numbers.
	Keyset Mode = iota
	// Offset skips a number of rows. It has page numbers; depth costs time, and changes shift rows between pages.
	Offset
	// Either walks by keyset and also takes an offset, so that pages can be jumped to by number.
	Either
)

// Counting is whether the rows of a list may be counted.
type Counting int

const (
	// CountNever refuses count=true.
	CountNever Counting = iota
	// CountAllowed counts when the request says count=true, and its links keep saying so.
	CountAllowed
	// CountAlways counts for every page.
	CountAlways
)

// Defaults of Config, and limits that are the same for all.
const (
	DefaultLimit     = 25     // rows on a page
	DefaultMaxLimit  = 100    // rows a request may ask for
	DefaultMaxOffset = 10_000 // rows an offset may skip
	DefaultWindow    = 1      // page numbers on either side of the current one

	// MaxCursor is the length of the longest cursor that is made or read, in characters.
	MaxCursor = 1024
	// MaxQuery is the length of the longest query that is read, in bytes: every link repeats what it does not know.
	MaxQuery = 8 << 10
)

// Config says what requests may ask of one list. It is a value: give it to New when the program starts, or to MustConfig where there
// is no List, so that a mistake in it shows then.
type Config struct {
	// Name is what the list is called, "tickets". Cursors are bound to it, so that one of another list is refused, even where
	// both sort by columns of the same names. Needed unless Mode is Offset.
	Name string
	// Mode is how the list may be walked. Default Keyset.
	Mode Mode
	// Sorts are the orders a request may choose with sort=name, or sort=-name for the reverse. At least one.
	Sorts []Sort
	// Sort is the order without a sort parameter: "name" or "-name". Default: the first of Sorts.
	Sort string
	// Filters are the parameters the caller filters rows by. A cursor is bound to their values, so that it cannot be
	// used after one of them changed. All other parameters are only kept in links.
	Filters []string

	// Limit is the number of rows on a page when the request does not say. Default 25.
	Limit int
	// MaxLimit is the most rows a request can get; more is not an error, it gets this many. Default 100, and never less
	// than Limit.
	MaxLimit int
	// MaxOffset is the most rows an offset may skip. Default 10,000.
	MaxOffset int
	// Count is whether rows may be counted. Default CountNever.
	Count Counting
	// CountCap stops counting beyond this many rows, for totals like "10,000+". Default 0: count all.
	CountCap int
	// Window is the number of page numbers on either side of the current one. Default 1: 1 … 4 5 6 … 20.
	Window int

	// Dialect is the database. A List needs it; without one it may be left out, and shows where SQL is called. Where it is
	// set, what the database cannot do well is an error of New, of MustConfig and of the first page, and not only of the second one.
	Dialect Dialect
	// AllowSort allows orders that the database has to sort for every page, reading all rows that match. On SQLite and MySQL
	// those are NULLs in another than the first key at the end where they do not have them by themselves: they have them
	// first, and last with Desc. Default: such an order is refused.
	AllowSort bool

	// Prefix is put before every parameter name of this list, filters included, so that two lists share one URL:
	// "a." gives a.after, a.limit, a.sort.
	Prefix string
	// Codec seals and opens cursors. Needed unless Mode is Offset.
	Codec *Codec
}

// MustConfig returns c with its defaults filled in. It panics with a sentence when c cannot work: call it when the program
// starts.
func MustConfig(c Config) Config {
	filled, err := c.filled()
	if err != nil {
		panic(err.Error())
	}
	return filled
}

// filled returns c with defaults, or says why it cannot work.
func (c Config) filled() (Config, error) {
	c.Limit = orDefault(c.Limit, DefaultLimit)
	c.MaxLimit = orDefault(c.MaxLimit, max(DefaultMaxLimit, c.Limit))
	c.MaxOffset = orDefault(c.MaxOffset, DefaultMaxOffset)
	c.Window = orDefault(c.Window, DefaultWindow)
	if err := c.checkNumbers(); err != nil {
		return c, err
	}
	if len(c.Sorts) == 0 {
		return c, errors.New("paging: Config.Sorts is empty: a page needs an order")
	}
	if err := c.checkSorts(); err != nil {
		return c, err
	}
	if c.Sort == "" {
		c.Sort = c.Sorts[0].Name
	}
	if _, ok := c.sortNamed(c.Sort); !ok {
		return c, fmt.Errorf("paging: Config.Sort is %q, which is not in Config.Sorts", c.Sort)
	}
	for _, f := range c.Filters {
		if f == "" || isOwn(f) {
			return c, fmt.Errorf("paging: Config.Filters has %q, which is a parameter of paging itself", f)
		}
	}
	if c.Mode == Offset {
		return c, nil
	}
	if c.Codec == nil {
		return c, errors.New("paging: Config.Codec is nil: cursors must be sealed, see NewCodec")
	}
	if c.Name == "" {
		return c, errors.New("paging: Config.Name is empty: cursors are bound to the name of their list, or those of another list would open in it")
	}
	return c, nil
}

func (c Config) checkSorts() error {
	for i, s := range c.Sorts {
		err := s.check()
		if err == nil && !c.AllowSort {
			err = s.checkNative(c.Dialect)
		}
		if err != nil {
			return err
		}
		if slices.ContainsFunc(c.Sorts[:i], func(t Sort) bool { return t.Name == s.Name }) {
			return fmt.Errorf("paging: Config.Sorts has %q twice", s.Name)
		}
	}
	return nil
}

// sortNamed finds the order that the parameter value name asks for. A Sort that is itself called "-name" wins over the
// reverse of "name".
func (c Config) sortNamed(name string) (Sort, bool) {
	for _, s := range c.Sorts {
		if s.Name == name {
			return s, true
		}
	}
	bare, reversed := strings.CutPrefix(name, "-")
	if !reversed {
		return Sort{}, false
	}
	for _, s := range c.Sorts {
		if s.Name == bare {
			return s.reversed(name), true
		}
	}
	return Sort{}, false
}

// reversed is the same order back to front, NULLs included, so that the same index serves it.
func (s Sort) reversed(name string) Sort {
	keys := slices.Clone(s.Keys)
	for i, k := range keys {
		keys[i].Desc = !k.Desc
		switch k.Nulls {
		case NullsFirst:
			keys[i].Nulls = NullsLast
		case NullsLast:
			keys[i].Nulls = NullsFirst
		case NotNull:
		}
	}
	return Sort{Name: name, Keys: keys}
}

func orDefault(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}
