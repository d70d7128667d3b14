package main

import (
	"fmt"
	"strings"
)

// block is one counter of a coverage profile: code without branches, and whether it ran.
type block struct {
	file      string // import path of the package, a slash and the file's name
	line, col int    // where it begins
	ran       bool
}

// parseProfile reads the text form of a coverage profile.
func parseProfile(text string) ([]block, error) {
	var blocks []block
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if i == 0 && strings.HasPrefix(line, "mode: ") {
			continue
		}
		b, err := parseBlock(line)
		if err != nil {
			return nil, fmt.Errorf("line %d of the profile: %w", i+1, err)
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// parseBlock reads "path/file.go:line.col,line.col statements count".
func parseBlock(line string) (block, error) {
	file, rest, ok := strings.Cut(line, ".go:")
	if !ok {
		return block{}, fmt.Errorf("%q names no file", line)
	}
	b := block{file: file + ".go"}
	var endLine, endCol, statements int
	var count uint64
	if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &b.line, &b.col, &endLine, &endCol, &statements, &count); err != nil {
		return block{}, fmt.Errorf("%q: %w", line, err)
	}
	b.ran = count > 0
	return b, nil
}
