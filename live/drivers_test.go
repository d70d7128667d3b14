package live_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestDriversKeepTheirDependencies: a program links the engines that it imports, and no others.
func TestDriversKeepTheirDependencies(t *testing.T) {
	engines := []string{
		"github.com/jackc/pgx", "github.com/nats-io/nats-server", "github.com/nats-io/nats.go", "github.com/redis/go-redis", "modernc.org/sqlite",
	}
	for pkg, want := range map[string][]string{
		"live":               nil,
		"live/livetest":      nil,
		"live/nats":          {"github.com/nats-io/nats.go"},
		"live/nats/embedded": {"github.com/nats-io/nats-server", "github.com/nats-io/nats.go"},
		"live/postgres":      {"github.com/jackc/pgx"},
		"live/redis":         {"github.com/redis/go-redis"},
		"live/sqlite":        {"modernc.org/sqlite"},
		"middleware":         nil,
		"middleware/echo5":   nil,
		"middleware/nethttp": nil,
		"views":              nil,
	} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "github.com/htmxlive/htmxlive/"+pkg).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", pkg, err)
		}
		var got []string
		for dependency := range strings.Lines(string(out)) {
			for _, engine := range engines {
				if strings.HasPrefix(dependency, engine) && !slices.Contains(got, engine) {
					got = append(got, engine)
				}
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s links %q, want %q", pkg, got, want)
		}
	}
}
