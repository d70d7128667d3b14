package postgres

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestALateCommitIsPublishedAgain: at each step until its timeout is over, together with others, and not after the end.
func TestALateCommitIsPublishedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var mu sync.Mutex
		published := map[string][]time.Duration{} // guarded by mu
		calls := 0                                // guarded by mu
		again := func(topics []string) {
			mu.Lock()
			defer mu.Unlock()
			calls++
			for _, topic := range topics {
				published[topic] = append(published[topic], time.Since(begin)/time.Second)
			}
		}
		l := late{timeout: 30 * time.Second}
		l.publish([]string{"a"}, again)
		time.Sleep(4 * time.Second)
		for range 1000 { // an outage of the database takes many answers
			l.publish([]string{"b", "c"}, again)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if want := []time.Duration{3, 6, 9, 12, 15, 18, 21, 24, 27, 30}; !slices.Equal(published["a"], want) {
			t.Errorf("a is published after %d seconds, want %d", published["a"], want)
		}
		if got := published["b"]; len(got) == 0 || got[0] != 6 || got[len(got)-1] != 36 || !slices.Equal(got, published["c"]) {
			t.Errorf("b is published after %d seconds, c after %d", got, published["c"])
		}
		if calls != 12 {
			t.Errorf("%d publications, want 12", calls)
		}
		l.publish([]string{"a"}, again)
		l.close()
		l.publish([]string{"a"}, again)
		mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		mu.Lock()
		if calls != 12 {
			t.Errorf("%d publications after the end", calls-12)
		}
	})
}
