package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// Topics says beside how many other topics a notification is published, and how often.
type Topics struct{ Others, Notifications int }

// Topics measures what a notification costs the publisher of a topic that one page follows.
func (Lab) Topics(t Topics, each *time.Duration) error {
	k := live.NewKeeper(live.Config{Logger: slog.New(slog.DiscardHandler), Limits: live.Limits{TopicsPerAssign: t.Others + 1}})
	ctx, cancel := context.WithCancel(context.Background())
	defer func() { cancel(); _ = k.Close(context.Background()) }()
	others := make([]string, t.Others)
	for i := range others {
		others[i] = fmt.Sprintf("ticket:%d", i)
	}
	for i, topics := range [][]string{others, {"tickets"}} {
		s, err := follow(ctx, k, strconv.Itoa(i), topics)
		if err != nil {
			return err
		}
		defer s.Close()
	}
	runtime.GC() // what it took to get here is not the notifications'
	began := time.Now()
	for range t.Notifications {
		if err := k.Publish(ctx, "tickets"); err != nil {
			return err
		}
	}
	*each = time.Since(began) / time.Duration(t.Notifications)
	return nil
}

// follow opens a page with a query that follows topics. Its window is long, so that marking is all that a notification does.
func follow(ctx context.Context, k *live.Keeper, session string, topics []string) (*live.Transport, error) {
	s, err := k.Connect(ctx, live.SocketConfig{Session: session, Path: "/", Connected: true})
	if err != nil {
		return nil, err
	}
	if _, err := live.Keep(s.Socket(), "tickets", live.Query[int]{
		Fetch:         func(context.Context) (int, error) { return 1, nil },
		Subscribe:     topics,
		RefetchWindow: time.Hour,
	}); err != nil {
		return s, err
	}
	s.Start()
	return s, nil
}
