package libraries_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A list is short: what the manual says about lines is counted from the code that the tests run, and the code that it shows
// is that code.
func TestLinesOfLists(t *testing.T) {
	text, err := os.ReadFile("../../docs/paging.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(text)
	for _, file := range []string{"sqlc.yaml", "tasksdb/queries.sql"} {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(manual, "\n"+strings.TrimSpace(string(text))+"\n") {
			t.Errorf("docs/paging.md does not show %s as it is (%v)", file, err)
		}
	}
	counted := map[string]int{}
	for library, l := range map[string]struct {
		file string
		most int
	}{
		"pgx":                      {"../list_pgx_test.go", 15},
		"database/sql":             {"../list_sql_test.go", 18},
		"gorm":                     {"list_gorm_test.go", 15},
		"bun":                      {"list_bun_test.go", 15},
		"squirrel":                 {"list_squirrel_test.go", 18},
		"sqlc":                     {"list_sqlc_test.go", 18},
		"gorm-cursor-paginator":    {"list_paginator_test.go", 100},
		"Laravel's cursorPaginate": {"laravel/list.php", 100},
	} {
		lines, code := linesOf(t, l.file)
		counted[library] = lines
		if !strings.Contains(manual, code) {
			t.Errorf("docs/paging.md does not show %s as it is", filepath.Base(l.file))
		}
		if row := "| " + library + " | " + strconv.Itoa(lines) + " |"; !strings.Contains(manual, row) {
			t.Errorf("docs/paging.md has no row that begins %s", row)
		}
		if lines > l.most || lines < 4 {
			t.Errorf("%s has %d lines, at most %d are promised", l.file, lines, l.most)
		}
	}
	row := fmt.Sprintf("| lines of a list | %d, and one for each order more | %d, for this one order | %d, for this one order |",
		counted["gorm"], counted["gorm-cursor-paginator"], counted["Laravel's cursorPaginate"])
	if !strings.Contains(manual, row) {
		t.Errorf("docs/paging.md compares other numbers than %s", row)
	}
}

// linesOf counts the lines of the declarations in a file, but for imports and the types that a program has anyway, which stand
// first. Code is all that comes after those. It uses no helper of another file.
func linesOf(t *testing.T, file string) (lines int, code string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(file) == ".php" {
		code = strings.TrimSpace(string(text[strings.Index(string(text), "\nfunction "):]))
		return strings.Count(code, "\n") + 1, code
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	helpers := namesBeside(t, file)
	for _, d := range parsed.Decls {
		if g, ok := d.(*ast.GenDecl); ok && lines == 0 && (g.Tok == token.IMPORT || g.Tok == token.TYPE) {
			code = string(text[set.Position(d.End()).Offset:])
			continue
		}
		lines += set.Position(d.End()).Line - set.Position(d.Pos()).Line + 1
		ast.Inspect(d, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && helpers[id.Name] && id.Name != "Task" {
				t.Errorf("%s is not complete: it uses %s, which another file declares", file, id.Name)
			}
			return true
		})
	}
	return lines, strings.TrimSpace(code)
}

// namesBeside are the functions and types that the other test files of a folder declare.
func namesBeside(t *testing.T, file string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range files {
		if filepath.Clean(other) == filepath.Clean(file) {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), other, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					names[d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok {
						names[spec.Name.Name] = true
					}
				}
			}
		}
	}
	return names
}
