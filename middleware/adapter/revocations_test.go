package adapter_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/middleware/adapter"
)

func TestMemoryRevocations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &adapter.MemoryRevocations{Max: 3}
		begin := time.Now()
		for i := range 5 {
			time.Sleep(time.Minute)
			if err := m.Revoke(t.Context(), fmt.Sprint(i), time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		check := func(since time.Time, want string) {
			t.Helper()
			list, err := m.Recent(t.Context(), time.Since(since))
			var got []string
			for _, r := range list {
				got = append(got, r.Key)
			}
			if err != nil || strings.Join(got, " ") != want {
				t.Errorf("since %s: %q (%v), want %q", since.Sub(begin), got, err, want)
			}
		}
		check(begin, "2 3 4") // no more than three, and the oldest went
		check(begin.Add(4*time.Minute), "3 4")
		check(time.Now().Add(time.Second), "")
		for key, want := range map[string]bool{"0": false, "1": false, "2": true, "4": true, "x": false} {
			if got, err := m.Lookup(t.Context(), "y", key); len(got) > 0 != want || err != nil {
				t.Errorf("%s is revoked: %v (%v)", key, got, err)
			}
		}
		if err := m.Revoke(t.Context(), "3", time.Now().Add(2*time.Hour)); err != nil { // once more
			t.Fatal(err)
		}
		check(begin, "4 3")
		time.Sleep(time.Hour + time.Second)
		check(begin, "3")
		if got, err := m.Lookup(t.Context(), "4"); len(got) > 0 || err != nil {
			t.Errorf("4 is revoked for ever: %v", err)
		}
	})
}
