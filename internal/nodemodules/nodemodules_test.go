package nodemodules_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/nodemodules"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// project lays out a module, with htmx installed if wanted, and returns its root.
func project(t *testing.T, withHtmx bool) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "go.mod"))
	if withHtmx {
		write(t, filepath.Join(root, "node_modules", "htmx2", "package.json"))
	}
	return root
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDirWalksUpToTheModule(t *testing.T) {
	root := project(t, true)
	deep := filepath.Join(root, "internal", "deep")
	if err := os.MkdirAll(deep, 0o750); err != nil {
		t.Fatal(err)
	}
	t.Setenv(nodemodules.Env, "")
	t.Chdir(deep)
	dir, err := nodemodules.Dir()
	if want := filepath.Join(root, "node_modules"); err != nil || dir != want {
		t.Fatalf("Dir() = %q, %v; want %q", dir, err, want)
	}
}

func TestDirTakesTheEnvironmentFirst(t *testing.T) {
	here, there := project(t, true), project(t, true)
	t.Chdir(here)
	t.Setenv(nodemodules.Env, filepath.Join(there, "node_modules"))
	dir, err := nodemodules.Dir()
	if want := filepath.Join(there, "node_modules"); err != nil || dir != want {
		t.Fatalf("Dir() = %q, %v; want %q", dir, err, want)
	}
}

func TestDirSaysHowToInstall(t *testing.T) {
	for name, dir := range map[string]string{"a module without htmx": project(t, false), "no module": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(nodemodules.Env, "")
			t.Chdir(dir)
			_, err := nodemodules.Dir()
			if !errors.Is(err, nodemodules.ErrMissing) || !strings.Contains(err.Error(), "make deps") {
				t.Fatalf("Dir() error = %v; want ErrMissing with what to run", err)
			}
		})
	}
}
