package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The code of the chapter on forms is that of tests.
func TestTheChapterOnFormsShowsWhatIsTested(t *testing.T) {
	chapter, err := os.ReadFile("forms.md")
	if err != nil {
		t.Fatal(err)
	}
	tested, err := os.ReadFile(filepath.FromSlash("../middleware/forms_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	pieces := 0
	for _, part := range strings.Split(string(chapter), "\n```")[1:] {
		kind, code, _ := strings.Cut(part, "\n")
		switch kind {
		case "go":
			mustBeTested(t, "forms.md", code, "../middleware")
		case "html":
			if !strings.Contains(string(tested), strings.TrimSpace(code)) {
				t.Errorf("no test is the markup\n%s", code)
			}
		default:
			continue
		}
		pieces++
	}
	if pieces != 6 {
		t.Errorf("the chapter shows %d pieces of code, want 6", pieces)
	}
}
