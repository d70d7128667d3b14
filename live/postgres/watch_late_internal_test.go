package postgres

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestALateCommitIsPublishedAgain: for ten seconds, and not after the end.
func TestALateCommitIsPublishedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l late
		var published atomic.Int64
		begin := time.Now()
		var last atomic.Int64
		l.publish(func() {
			published.Add(1)
			last.Store(int64(time.Since(begin)))
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := published.Load(); got != int64(len(lateAfter)) || time.Duration(last.Load()) != 10*time.Second {
			t.Errorf("published %d times, the last after %v", got, time.Duration(last.Load()))
		}
		l.publish(func() { published.Add(1) })
		time.Sleep(2 * time.Second)
		synctest.Wait()
		l.close()
		before := published.Load()
		l.publish(func() { published.Add(1) })
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := published.Load(); got != before || before != int64(len(lateAfter))+1 {
			t.Errorf("published %d times after the end, %d before it", got-before, before)
		}
	})
}
