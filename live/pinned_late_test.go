package live_test

import (
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// A page that comes late keeps no rows of a result that is known to be old.
func TestALatePageKeepsNoRowsThatAreKnownToBeOld(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		q := tb.list()
		q.Fetch, q.FetchKeys, q.LoadUntilConnected = tb.top, tb.byKeys, true
		shared := live.Share(k, "rows", func(int) live.ListQuery[row, int] { return q }).With("all", 1)
		p := openRows(t, k, shared)
		shows(t, p, "rows", "1=a 2=a")
		p.Close()
		tb.put(row{0, "new"}, row{2, "changed"})
		publish(t, k, "rows")
		other := livetest.OpenSocket(t, k, live.SocketConfig{Session: "other"}, func(s *live.Socket) error { return keepRows(s, shared) })
		time.Sleep(time.Second)
		shows(t, other, "rows", "0=new 1=a")
	})
}
