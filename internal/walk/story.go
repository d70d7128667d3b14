package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// storyFile tells the way in numbered steps, each with links to the files that it is about.
const storyFile = "docs/internals.md"

var (
	stepBegins = regexp.MustCompile(`^\*\*(\d+)\. `)
	fileLink   = regexp.MustCompile(`\]\(\.\./([\w/]+\.go)\)`)
)

// stepsOf holds the steps of a story that link to a file, by the file. A step ends where the next one begins, or with a
// heading.
func stepsOf(story string) map[string][]string {
	steps := map[string][]string{}
	step := ""
	for line := range strings.Lines(story) {
		if begins := stepBegins.FindStringSubmatch(line); begins != nil {
			step = begins[1]
		} else if strings.HasPrefix(line, "#") {
			step = ""
		}
		for _, link := range fileLink.FindAllStringSubmatch(line, -1) {
			if file := link[1]; step != "" && !slices.Contains(steps[file], step) {
				steps[file] = append(steps[file], step)
			}
		}
	}
	return steps
}

// untold lists the files of the way that no step of the story links to.
func (w *way) untold() []string {
	var files []string
	for _, f := range w.functions {
		if name := filepath.ToSlash(f.file); w.steps[name] == nil && !slices.Contains(files, name) {
			files = append(files, name)
		}
	}
	return files
}
