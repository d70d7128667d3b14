package embedded

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A route to a node that is away fails once a second, and is an error once a minute.
func TestTheSameErrorIsSaidOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		l := log{Logger: slog.New(slog.NewTextHandler(&said, nil))}
		for i := range 120 {
			l.Errorf("no route (attempt %v): %v", i, errors.New("refused"))
			if i%50 == 0 {
				l.Errorf("something else")
			}
			time.Sleep(time.Second)
		}
		if routes, others := strings.Count(said.String(), "no route"), strings.Count(said.String(), "else"); routes != 2 || others != 2 {
			t.Errorf("the route is said %d times, the other error %d times, want 2 and 2:\n%s", routes, others, said.String())
		}
	})
}
