package main

import (
	"strings"
	"testing"
)

// Each group says what its columns are.
func TestTheReportSaysWhatItsColumnsMean(t *testing.T) {
	w := &way{
		program:   &program{module: "example.org/m"},
		functions: []*function{{pkg: &pkg{room: "low"}, name: "Keeper.Publish", file: "low/keeper.go", line: 12}},
		arrows:    arrows{room: "low", files: 2, all: []arrow{{"a.go", "b.go"}}, upward: []string{"a.go -> b.go (Keeper)"}},
		apart:     1,
		steps:     map[string][]string{"low/keeper.go": {"1", "7"}},
	}
	report := w.report()
	for _, want := range []string{
		"\nlow: place in the order of calls, steps of docs/internals.md that link to its file, function, where it is declared\n    1  1,7   Keeper.Publish ",
		"\nBy file: 1\nhow many functions, and where they are declared\n    1  low/keeper.go\n",
		"\nTypes to know: 0\npackage (how many): the types that",
		"\nAn arrow: a file names something that another file of its package declares.\nUpward: ",
		"\nArrows between the 2 files of low: 1. Upward: 1\n  a.go -> b.go (Keeper)\n",
		"\nFiles of the way that docs/internals.md does not link to: 0\n",
		"\nCallbacks against the arrows, without those that are allowed: 0\n\n",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
}
