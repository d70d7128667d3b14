package live_test

import (
	"testing"
	"testing/synctest"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// A composed list gains rows again like any other, unless it shows those that have gone.
func TestAComposedListThatLosesItsLastRow(t *testing.T) {
	for name, c := range map[string]struct {
		f    fragment.Fragment
		want string
	}{
		"leaves them out": {hiding{livetest.Text("rows", "rows")}, "4=new"},
		"shows them":      {livetest.Text("rows", "rows"), "1=gone 2=gone"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, tb := node(t, live.Config{}), newTable(1, 2)
				p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
					q := tb.list()
					q.Fragments = nil
					if err := keepRows(s, q); err != nil {
						return err
					}
					if err := s.Compose(c.f, "rows"); err != nil {
						return err
					}
					return keepRows(s, q) // by another cohort
				})
				shows(t, p, "rows", "1=a 2=a")
				tb.remove(1, 2)
				publish(t, k, "rows")
				synctest.Wait()
				tb.put(row{4, "new"})
				publish(t, k, "rows")
				shows(t, p, "rows", c.want)
			})
		})
	}
}
