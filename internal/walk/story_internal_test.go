package main

import (
	"maps"
	"slices"
	"testing"
)

func TestStepsOf(t *testing.T) {
	got := stepsOf(`# The way

Before it, [a file](../live/before.go).

**1. First** comes ([live/hub.go](../live/hub.go)),
then [live/keeper.go](../live/keeper.go).

**2. Second.** It is in [live/cohort.go](../live/cohort.go), [live/hub.go](../live/hub.go) and [a folder](../live).

**10. Last.** [sse/wire.go](../sse/wire.go)

## Afterwards

[live/after.go](../live/after.go)
`)
	want := map[string][]string{"live/hub.go": {"1", "2"}, "live/keeper.go": {"1"}, "live/cohort.go": {"2"}, "sse/wire.go": {"10"}}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("the steps are %v, want %v", got, want)
	}
}

func TestFilesThatTheStoryDoesNotTellOf(t *testing.T) {
	w := walkOf(small(t, "never", "Other.Take"))
	w.steps = map[string][]string{"low/a.go": {"1"}}
	if got := w.untold(); !slices.Equal(got, []string{"high/a.go"}) {
		t.Errorf("untold are %q", got)
	}
}
