package adapter

import (
	"context"
	"sync/atomic"
)

// lateContext is the context of a stream's page. It ends with the request and not before, whatever limits the time of a
// handler; its values are those of the request that the handler got, with all that guards have put there.
type lateContext struct {
	context.Context //nolint:containedctx // it is a context

	inner atomic.Pointer[contextBox]
}

// contextBox gives an interface an address.
type contextBox struct{ context.Context } //nolint:containedctx // likewise

func (c *lateContext) become(ctx context.Context) {
	if old := c.inner.Load(); old == nil || old.Context != ctx {
		c.inner.Store(&contextBox{ctx})
	}
}

func (c *lateContext) Value(key any) any {
	if inner := c.inner.Load(); inner != nil {
		return inner.Value(key)
	}
	return c.Context.Value(key)
}
