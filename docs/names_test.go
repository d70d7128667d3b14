package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// exported is every exported name of a package: Name, Type.Method and Type.Field.
func exported(t *testing.T, dir string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			declared(decl, func(owner, name string) {
				if owner != "" {
					names[owner+"."+name] = true
				}
				names[name] = true
			})
		}
	}
	return names
}

// declared calls add with each name of a declaration, and with the type that it belongs to, if any.
func declared(decl ast.Decl, add func(owner, name string)) {
	if f, ok := decl.(*ast.FuncDecl); ok {
		owner := ""
		if f.Recv != nil {
			ast.Inspect(f.Recv.List[0].Type, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && owner == "" {
					owner = id.Name
				}
				return true
			})
		}
		add(owner, f.Name.Name)
		return
	}
	for _, spec := range decl.(*ast.GenDecl).Specs {
		switch spec := spec.(type) {
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				add("", name.Name)
			}
		case *ast.TypeSpec:
			add("", spec.Name.Name)
			ast.Inspect(spec.Type, func(n ast.Node) bool {
				if field, ok := n.(*ast.Field); ok {
					for _, name := range field.Names {
						add(spec.Name.Name, name.Name)
					}
				}
				return true
			})
		}
	}
}

// TestDocumentsNameWhatExists: a name of ours that stands in a document with its package or type, as in live.Keep and
// Socket.ChangePage, is exported there. Decisions and the changelog may name what is gone.
func TestDocumentsNameWhatExists(t *testing.T) {
	packages := map[string]map[string]bool{}
	for name, dir := range map[string]string{
		"live": "live", "fragment": "live/fragment", "livetest": "live/livetest", "sqlite": "live/sqlite", "paging": "paging", "views": "views", "sse": "sse",
		"middleware": "middleware", "adapter": "middleware/adapter", "nethttp": "middleware/nethttp", "echo5": "middleware/echo5",
	} {
		packages[name] = exported(t, filepath.Join("..", dir))
	}
	code := regexp.MustCompile("`[^`\n]+`")
	name := regexp.MustCompile(`\b(\w+)\.([A-Z]\w*(?:\.[A-Z]\w*)?)`)
	checked := 0
	for file, text := range documents(t) {
		if strings.HasPrefix(file, "decisions") || strings.HasSuffix(file, "CHANGELOG.md") {
			continue
		}
		for _, span := range code.FindAllString(text, -1) {
			for _, m := range name.FindAllStringSubmatch(span, -1) {
				ours, found := packages[m[1]] != nil, packages[m[1]][m[2]]
				if !ours { // m[1] is a type, or not of ours
					ours, found = ast.IsExported(m[1]) && exists(packages, "", m[1]), exists(packages, "", m[0])
				}
				if !ours {
					continue
				}
				checked++
				if !found {
					t.Errorf("%s names %s in %s, which does not exist", file, m[0], span)
				}
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d names were found", checked)
	}
}

// TestTheMapNamesWhatExists: where the ancestor's functions went is said in names of ours, in the second column.
func TestTheMapNamesWhatExists(t *testing.T) {
	packages := map[string]map[string]bool{}
	for _, dir := range []string{"live", "paging", "views", "middleware"} {
		packages[dir] = exported(t, filepath.Join("..", dir))
	}
	code := regexp.MustCompile("`[^`]+`")
	name := regexp.MustCompile(`\b(?:(live|paging|views|middleware)\.)?([A-Z]\w*(?:\.[A-Z]\w*)?)`)
	checked := 0
	for _, file := range []string{"ancestor.md", "paging.md"} {
		text, err := fs.ReadFile(os.DirFS("."), file)
		if err != nil {
			t.Fatal(err)
		}
		_, table, found := strings.Cut(string(text), "\n| AshPhoenix.LiveView |")
		if !found {
			_, table, found = strings.Cut(string(text), "\n| there | here |")
		}
		if !found {
			t.Fatalf("%s has no map", file)
		}
		table, _, _ = strings.Cut(table, "\n\n")
		for line := range strings.Lines(table) {
			columns := strings.Split(line, "|")
			if len(columns) < 4 {
				continue
			}
			for _, span := range code.FindAllString(columns[2], -1) {
				for _, m := range name.FindAllStringSubmatch(span, -1) {
					checked++
					if !exists(packages, m[1], m[2]) {
						t.Errorf("%s says that %s is %s, and there is no %s", file, strings.TrimSpace(columns[1]), span, m[0])
					}
				}
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d names were found", checked)
	}
}

func exists(packages map[string]map[string]bool, pkg, name string) bool {
	if pkg != "" {
		return packages[pkg][name]
	}
	for _, names := range packages {
		if names[name] {
			return true
		}
	}
	return false
}
