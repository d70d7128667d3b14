package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// complexities lists the functions of the way with a cognitive complexity over the limit. gocognit comes with the
// linter: it stands in tools.mod, not in the library's go.mod.
func complexities(ctx context.Context, w *way) ([]string, error) {
	args := []string{
		"run", "-modfile=tools.mod", "github.com/uudashr/gocognit/cmd/gocognit",
		"-test=false", "-over", strconv.Itoa(maxComplexity), "-f", "{{.Complexity}} {{.Pos}}",
	}
	for _, f := range w.functions {
		if !slices.Contains(args, f.pkg.room) {
			args = append(args, f.pkg.room)
		}
	}
	out, err := exec.CommandContext(ctx, "go", args...).Output() //nolint:gosec // the names of our own packages
	var failed *exec.ExitError
	if err != nil && (!errors.As(err, &failed) || len(out) == 0) { // it fails when it finds something
		return nil, fmt.Errorf("gocognit: %w", err)
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		complexity, pos, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, f := range w.functions {
			if strings.HasPrefix(pos, fmt.Sprintf("%s:%d:", f.file, f.line)) {
				found = append(found, fmt.Sprintf("%s %s:%d has cognitive complexity %s", f.name, f.file, f.line, complexity))
			}
		}
	}
	return found, nil
}
