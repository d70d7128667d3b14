package fragment

import "context"

// Failures hears of rows that cannot be rendered. Live gives one to each rendering, by the context.
type Failures interface {
	// RowFailed is told which row of which fragment cannot be rendered, and why. It returns the text for the placeholder that
	// stands in the row's place: the error in development, otherwise none. The next refetch renders the row anew.
	RowFailed(ctx context.Context, fragmentID, key string, err error) (text string)
}

type failuresKey struct{}

// WithFailures is ctx with f, which a fragment of rows tells of the rows that fail.
func WithFailures(ctx context.Context, f Failures) context.Context {
	return context.WithValue(ctx, failuresKey{}, f)
}

// FailuresOf is what WithFailures has put into ctx. Where that is nil, a row that fails is an error of the rendering.
func FailuresOf(ctx context.Context) Failures {
	f, _ := ctx.Value(failuresKey{}).(Failures)
	return f
}
