package fragment

import "context"

// Failures hears of rows that cannot be rendered. Live gives one to each rendering, by the context.
type Failures interface {
	// RowFailed is told which row of which fragment cannot be rendered, and why. A placeholder stands in its place, with the
	// text that RowFailed returns: the error in development, otherwise none. The row is rendered anew by the next refetch.
	RowFailed(ctx context.Context, fragmentID, key string, err error) (text string)
}

type failuresKey struct{}

// WithFailures is ctx with what a fragment that renders rows tells of those that fail.
func WithFailures(ctx context.Context, f Failures) context.Context {
	return context.WithValue(ctx, failuresKey{}, f)
}

// FailuresOf is what WithFailures has put into ctx. Nil: a row that fails is an error of the rendering.
func FailuresOf(ctx context.Context) Failures {
	f, _ := ctx.Value(failuresKey{}).(Failures)
	return f
}
