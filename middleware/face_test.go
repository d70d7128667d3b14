package middleware_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The face of a router is thin: what is not the router's stands in package adapter. The package's doc does not count.
func TestFacesAreThin(t *testing.T) {
	const most = 240 // each option of the adapter is a line here
	for _, face := range []string{".", "nethttp", "echo5"} {
		files, err := filepath.Glob(filepath.Join(face, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || filepath.Base(file) == "doc.go" {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines += bytes.Count(text, []byte("\n"))
		}
		if lines == 0 || lines >= most {
			t.Errorf("%s has %d lines of code, want less than %d", face, lines, most)
		}
	}
}
