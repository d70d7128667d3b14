package machine_test

import (
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/example/internal/machine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLookSeesThisProcess(t *testing.T) {
	s := machine.New()
	start := time.Now()
	s.Look(start)
	all := s.Look(start.Add(time.Second))
	if len(all) != 2 {
		t.Fatalf("%d samples are remembered, want 2", len(all))
	}
	last := all[1]
	if last.Goroutines == 0 || last.Heap == 0 || last.Running != time.Second {
		t.Errorf("the runtime says %+v", last)
	}
	if runtime.GOOS != "linux" {
		return
	}
	if !last.Proc || last.MemoryUsed == 0 || last.MemoryUsed > last.MemoryTotal || last.Resident == 0 || last.Files < 3 || last.Uptime == 0 {
		t.Errorf("/proc says %+v", last)
	}
	if last.CPU < 0 || last.CPU > 1 {
		t.Errorf("processors are busy %v of their time", last.CPU)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	s := machine.New()
	now := time.Now()
	var all []machine.Sample
	for i := range machine.History + 5 {
		all = s.Look(now.Add(time.Duration(i) * time.Second))
	}
	if len(all) != machine.History || !all[0].At.Equal(now.Add(5*time.Second)) {
		t.Errorf("%d samples from %v, want the last %d", len(all), all[0].At, machine.History)
	}
}
