package live_test

import (
	"fmt"
	"testing"

	"github.com/htmxlive/htmxlive/live"
)

func TestStreamsOfOneUserAreLimitedOverAllSessions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{Limits: live.Limits{StreamsPerUser: 3}})
		var open []*live.Transport
		for i := range 5 {
			tr, err := k.Connect(t.Context(), live.SocketConfig{Session: fmt.Sprint(i), User: "alice", Connected: true})
			if (err != nil) != (i >= 3) {
				t.Errorf("stream %d: %v", i, err)
			}
			open = append(open, tr)
		}
		for _, tr := range open {
			tr.Close()
		}
		connect(t, k).Close() // of alice again: all have given their place back
	})
}
