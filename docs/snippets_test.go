package docs_test

import (
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tokens is Go code without its white space, comments and line ends.
func tokens(code []byte) string {
	var s scanner.Scanner
	set := token.NewFileSet()
	s.Init(set.AddFile("", set.Base(), len(code)), code, nil, 0)
	var all strings.Builder
	for {
		_, tok, text := s.Scan()
		switch {
		case tok == token.EOF:
			return all.String()
		case text == "\n" || text == "" && tok == token.SEMICOLON: // inserted
		case tok.IsOperator():
			all.WriteString(tok.String() + " ")
		default:
			all.WriteString(text + " ")
		}
	}
}

// mustBeTested fails the test unless the code stands in a test of that folder, which is compiled and run.
func mustBeTested(t *testing.T, where, code, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	want := tokens([]byte(code))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(tokens(b), want) {
			return
		}
	}
	t.Errorf("no test in %s is the code that %s shows:\n%s", dir, where, code)
}

// The code in the documentation of a package is that of a test, so it compiles and does what it says.
func TestPackageDocumentationShowsWhatIsTested(t *testing.T) {
	for _, dir := range []string{"../live/livetest", "../live/fragment"} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, "doc.go"), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		var code strings.Builder
		for line := range strings.Lines(file.Doc.Text()) {
			if strings.HasPrefix(line, "\t") || strings.TrimSpace(line) == "" {
				code.WriteString(line)
			}
		}
		if strings.TrimSpace(code.String()) == "" {
			t.Errorf("%s/doc.go shows no code", dir)
		}
		mustBeTested(t, dir+"/doc.go", code.String(), dir)
	}
}

// The code of the README that follows its first program is that of tests.
func TestTheReadmeShowsWhatIsTested(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(readme), "\n```go\n")
	dirs := []string{"", "", ".", "../example/hello"} // of those that follow the first; example/guestbook has a test for its own two
	if len(parts) != 2+len(dirs) {
		t.Fatalf("the README shows %d pieces of Go, want %d", len(parts)-1, 1+len(dirs))
	}
	for i, dir := range dirs {
		if dir == "" {
			continue
		}
		code, _, _ := strings.Cut(parts[i+2], "```\n")
		for part := range strings.SplitSeq(code, "\n\n") {
			mustBeTested(t, "README.md", part, dir)
		}
	}
}
