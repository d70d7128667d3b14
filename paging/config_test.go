package paging_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

func TestConfigSaysWhatIsWrong(t *testing.T) {
	good := tickets(paging.Either)
	for want, change := range map[string]func(*paging.Config){
		"Sorts is empty":      func(c *paging.Config) { c.Sorts = nil },
		"twice":               func(c *paging.Config) { c.Sorts = append(c.Sorts, c.Sorts[0]) },
		"not in Config.Sorts": func(c *paging.Config) { c.Sort = "nothing" },
		"at least one key":    func(c *paging.Config) { c.Sorts = []paging.Sort{{Name: "x"}} },
		"needs a column":      func(c *paging.Config) { c.Sorts = []paging.Sort{{Name: "x", Keys: []paging.Key{{}}}} },
		"never NULL": func(c *paging.Config) {
			c.Sorts = []paging.Sort{{Name: "x", Keys: []paging.Key{{Column: "id", Nulls: paging.NullsLast}}}}
			c.Sort = ""
		},
		"parameter of paging": func(c *paging.Config) { c.Filters = []string{"limit"} },
		"Codec is nil":        func(c *paging.Config) { c.Codec = nil },
		"Name is empty":       func(c *paging.Config) { c.Name = "" },
		"0 < Limit":           func(c *paging.Config) { c.Limit = -1 },
		"Limit <= MaxLimit":   func(c *paging.Config) { c.Limit, c.MaxLimit = 10, 5 },
		"cannot be negative":  func(c *paging.Config) { c.MaxOffset = -1 },
		"Config.Mode is 9":    func(c *paging.Config) { c.Mode = 9 },
		"Config.Count is 9":   func(c *paging.Config) { c.Count = 9 },
	} {
		c := good
		change(&c)
		_, err := c.Parse(nil, "")
		if _, isRequest := errors.AsType[*paging.Error](err); err == nil || isRequest || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse says %v, want %q, and not that it is the request's fault", err, want)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q: MustConfig does not panic", want)
				}
			}()
			paging.MustConfig(c)
		}()
	}
	offsetOnly := paging.Config{Mode: paging.Offset, Sorts: good.Sorts, Limit: 500}
	if _, err := offsetOnly.Parse(nil, ""); err != nil {
		t.Errorf("an offset list needs no codec, and the maximum follows the limit: %v", err)
	}
}
