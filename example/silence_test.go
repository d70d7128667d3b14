package main

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestNothingIsPublished: no program here that has a database names a topic. (hello has none.)
func TestNothingIsPublished(t *testing.T) {
	publishes := regexp.MustCompile(`\bSubscribe(To)?:|\.Publish(Changes)?\(|\bNotify\(|\blive\.Reads`)
	files := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "hello/") {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		for _, found := range publishes.FindAllString(string(text), -1) {
			t.Errorf("%s says %s", path, found)
		}
		return err
	})
	if err != nil || files < 40 {
		t.Errorf("%d files were read (%v)", files, err)
	}
}
