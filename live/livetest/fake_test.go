package livetest_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"testing"
)

// failing is a test that may fail: it keeps what it says.
type failing struct {
	testing.TB

	said     []string
	cleanups []func()
}

func (f *failing) Helper()             {}
func (f *failing) Logf(string, ...any) {}
func (f *failing) Cleanup(c func())    { f.cleanups = append(f.cleanups, c) }
func (f *failing) Error(args ...any)   { f.said = append(f.said, fmt.Sprint(args...)) }

func (f *failing) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *failing) Fatal(args ...any) {
	f.Error(args...)
	runtime.Goexit()
}

func (f *failing) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

// run runs a story, and reports whether it was not ended by a failure.
func (f *failing) run(story func()) bool {
	passed := false
	done := make(chan struct{})
	go func() {
		defer close(done)
		story()
		passed = true
	}()
	<-done
	return passed
}

func (f *failing) cleanUp() {
	for _, cleanup := range slices.Backward(f.cleanups) {
		cleanup()
	}
	f.cleanups = nil
}

// exampleT is the test of an example, which has none: it prints why it fails.
type exampleT struct{ failing }

func (*exampleT) Context() context.Context { return context.Background() }
func (*exampleT) Output() io.Writer        { return os.Stderr }

// end is the end of the test.
func (e *exampleT) end() {
	e.cleanUp()
	for _, said := range e.said {
		fmt.Println(said)
	}
	e.said = nil
}
