package live_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// authorsMost is how many types and functions an author of pages has to look at.
const authorsMost = 20 + 1 // one more is Where

// The package's doc names all exported types and functions, the authors' part apart from the adapters'. An author's part is small.
func TestTheFaceOfThePackageIsSmall(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "# For authors of pages")
	authors, adapters, ok := strings.Cut(rest, "# For adapters and test kits")
	if !ok {
		t.Fatal("doc.go has no part for authors or none for adapters")
	}
	link := regexp.MustCompile(`\[([A-Z]\w*)\]`)
	named := func(part string) (names []string) {
		for _, m := range link.FindAllStringSubmatch(part, -1) {
			names = append(names, m[1])
		}
		return names
	}
	forAuthors := named(authors)
	if n := len(forAuthors); n > authorsMost {
		t.Errorf("%d types and functions are for authors, want at most %d: %q", n, authorsMost, forAuthors)
	}
	all := append(forAuthors, named(adapters)...)
	slices.Sort(all)
	exported := exportedNames(t)
	if !slices.Equal(slices.Compact(all), exported) {
		t.Errorf("doc.go names\n%q, exported are\n%q", all, exported)
	}
}

// exportedNames is the exported types and functions of the package, sorted.
func exportedNames(t *testing.T) (names []string) {
	t.Helper()
	files := token.NewFileSet()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !isSource(e) {
			continue
		}
		f, err := parser.ParseFile(files, e.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.IsExported() {
					names = append(names, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() {
						names = append(names, s.Name.Name)
					}
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// A file has room for one concept.
func TestNoFileIsLong(t *testing.T) {
	const most = 250
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		if lines := bytes.Count(text, []byte("\n")); lines > most {
			t.Errorf("%s has %d lines, and the most is %d", path, lines, most)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func isSource(e fs.DirEntry) bool {
	return strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go")
}
