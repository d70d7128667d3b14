package live_test

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/live"
)

// TestConvergeWithoutFindings lets random things happen while checks run all the time: whatever is published, at once or
// within the grace, before, during or after a fetch, is no finding.
func TestConvergeWithoutFindings(t *testing.T) {
	story := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		s := drawStep(t)
		s.What = rapid.SampledFrom([]string{
			"put", "put", "remove", "write", "write", "change", "change", "change", "sleep", "sleep", "turn", "reconnect", "pause", "resume",
			"fail", "heal", "heal", "refetch", "leave", "slow",
		}).Draw(t, "what happens")
		return s
	}), 12, 48)
	checks := uint64(0)
	once := func(rt *rapid.T) {
		steps := story.Draw(rt, "steps")
		synctest.Test(t, func(t *testing.T) {
			w := newWorldOf(t, live.Config{CheckInterval: 200 * ms})
			for kind, q := range kinds(w.tb, live.ResultsKeep) {
				w.open(live.ResultsKeep, kind, func(int) any { return rowsOf(q, "rows") })
			}
			for _, s := range steps {
				w.happen(s)
			}
			w.happen(step{What: "heal"})
			time.Sleep(5 * time.Second)
			for _, k := range w.nodes {
				checks += k.Stats().Checks
				for _, f := range k.Findings() {
					rt.Errorf("found %+v", f)
				}
			}
		})
	}
	rapid.Check(t, once)
	if soak, err := time.ParseDuration(os.Getenv("HTMXLIVE_SOAK")); err == nil {
		for began := time.Now(); time.Since(began) < soak && !t.Failed(); {
			rapid.Check(t, once)
		}
	}
	t.Logf("%d checks", checks)
	if checks == 0 {
		t.Error("nothing was checked")
	}
}
