package live_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/paging"
)

// After a page change has arrived its browser is on the way to another stream: a change that can not follow is an error.
func TestAPageChangeIsFollowedOrRefused(t *testing.T) {
	for name, early := range map[string]bool{"before the first has arrived": true, "after it": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4, 5, 6)
				tr := connect(t, k)
				defer tr.Close()
				if err := keepRows(tr.Socket(), tb.pages(offset())); err != nil {
					t.Fatal(err)
				}
				tr.Start()
				tr.Next()
				tb.slow(time.Second) // or the page might be there, and be taken, with the next step
				if err := tr.Socket().ChangePage("rows", paging.Next); err != nil {
					t.Fatal(err)
				}
				tr.Next()
				time.Sleep(time.Second)
				synctest.Wait() // the page is there, and not taken yet
				tb.slow(0)
				var second error
				if early {
					second = tr.Socket().ChangePage("rows", paging.Next)
				}
				at := ""
				for range 5 {
					if u, _ := tr.Next(); u.Query != nil {
						at = u.Query.Encode()
						break
					}
					synctest.Wait()
				}
				if !early {
					second = tr.Socket().ChangePage("rows", paging.Next)
				}
				switch {
				case early && (second != nil || at != "offset=4"):
					t.Errorf("it returns %v, and the page is at %q", second, at)
				case !early && (!errors.Is(second, live.ErrClosed) || at != "offset=2"):
					t.Errorf("it returns %v, and the page is at %q", second, at)
				}
			})
		})
	}
}
