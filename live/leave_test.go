package live_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// What fails because the browser has left is no failure, wherever its context is used. A panic is one all the same.
func TestABrowserThatLeavesWhileAFragmentIsComposedIsNoError(t *testing.T) {
	for name, c := range map[string]struct {
		render func(ctx context.Context) error
		logged bool
	}{
		"the context's error": {context.Cause, false},
		"an error made of it": {func(context.Context) error { return errors.New("sql: canceled") }, false},
		"a panic":             {func(context.Context) error { panic("nil map") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log strings.Builder
				k, s := node(t, live.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}), newSource(1)
				ctx, leave := context.WithCancel(t.Context())
				cfg := alice
				cfg.Connected = true
				tr, err := k.Connect(ctx, cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer tr.Close()
				if _, err := live.Keep(tr.Socket(), "n", s.number()); err != nil {
					t.Fatal(err)
				}
				if err := tr.Socket().Compose(livetest.Fragment("c", func(ctx context.Context, _ fragment.Assigns) (string, error) {
					leave()
					return "", c.render(ctx)
				}), "n"); err != nil {
					t.Fatal(err)
				}
				tr.Start()
				tr.Next()
				if logged := log.Len() > 0; logged != c.logged {
					t.Errorf("logged: %s", &log)
				}
			})
		})
	}
}
