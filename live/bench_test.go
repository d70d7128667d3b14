package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// TestNotificationAllocatesNothing: or each would cost the more, the more there is for the garbage collector to look at.
func TestNotificationAllocatesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, q := node(t, live.Config{}), newSource(1).number()
		q.RefetchWindow = time.Hour
		open(t, k, q)
		for _, topic := range []string{"n", "nobody's"} {
			if got := testing.AllocsPerRun(100, func() { publish(t, k, topic) }); got > 0 {
				t.Errorf("%s: %v allocations", topic, got)
			}
		}
	})
}

// BenchmarkNotify is one notification, and its mark on the one query that follows it: the cost must not
// depend on how many other topics are followed.
func BenchmarkNotify(b *testing.B) {
	for _, others := range []int{10, 100_000} {
		b.Run(fmt.Sprintf("others=%d", others), func(b *testing.B) {
			k := live.NewKeeper(live.Config{
				Logger: slog.New(slog.DiscardHandler),
				Limits: live.Limits{AssignsPerPage: others + 2, TopicsPerAssign: 1000},
			})
			s, err := k.Connect(b.Context(), live.SocketConfig{Session: "s", Connected: true})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				s.Close()
				if err := k.Close(context.Background()); err != nil {
					b.Error(err)
				}
			})
			const each = 500
			for i := 0; i < others; i += each {
				topics := make([]string, 0, each)
				for j := i; j < min(i+each, others); j++ {
					topics = append(topics, fmt.Sprintf("ticket:%d", j))
				}
				keepTopics(b, s.Socket(), fmt.Sprint(i), topics)
			}
			keepTopics(b, s.Socket(), "followed", []string{"followed"})
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				if err := k.Publish(ctx, "followed"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// keepTopics keeps a query that follows topics and is only marked: its stream has not begun.
func keepTopics(b *testing.B, s *live.Socket, name string, topics []string) {
	b.Helper()
	_, err := live.Keep(s, name, live.Query[int]{Fetch: func(context.Context) (int, error) { return 0, nil }, Subscribe: topics})
	if err != nil {
		b.Fatal(err)
	}
}
