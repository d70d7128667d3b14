// Package nodemodules finds the folder in which npm put the JavaScript that the example serves and the browser
// tests drive. htmxlive itself ships no JavaScript of others: package.json names it, `make deps` installs it.
package nodemodules

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Env names the environment variable that holds the folder, for a program that runs away from its source.
const Env = "HTMXLIVE_NODE_MODULES"

// ErrMissing is the error of Dir when nothing was installed.
var ErrMissing = errors.New("nodemodules: htmx is not installed: run `make deps`, or name the folder in " + Env)

// probe is a package that is always in the folder when npm has finished.
const probe = "htmx2"

// Dir is the absolute path of node_modules: the folder that the environment variable names, otherwise the one beside
// the go.mod that is nearest to the working directory, upwards. It returns ErrMissing, wrapped, when there is none or
// it does not hold htmx.
func Dir() (string, error) {
	if dir := os.Getenv(Env); dir != "" {
		return installed(dir)
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("nodemodules: the working directory: %w", err)
	}
	for {
		if isFile(filepath.Join(dir, "go.mod")) {
			return installed(filepath.Join(dir, "node_modules"))
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ErrMissing
		}
		dir = parent
	}
}

func installed(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("nodemodules: %w", err)
	}
	if !isFile(filepath.Join(dir, probe, "package.json")) {
		return "", fmt.Errorf("%w (looked in %s)", ErrMissing, dir)
	}
	return dir, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path) //nolint:gosec // the path is the operator's own choice: where htmx is installed
	return err == nil && info.Mode().IsRegular()
}
