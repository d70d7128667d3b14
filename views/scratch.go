package views

import (
	"bytes"
	"context"
	"sync"
)

// scratch holds the buffers that components render into. One that grows with what is written leaves four times that
// behind for the garbage collector.
var scratch = sync.Pool{New: func() any { return new(bytes.Buffer) }} //nolint:gochecknoglobals // a pool is shared or it is none

// scratchMost is the largest buffer that is kept for the next: a page that large is rare.
const scratchMost = 1 << 20

// rendered is what a component renders, as trim leaves it.
func rendered(ctx context.Context, c Component, trim string) ([]byte, error) {
	b := scratch.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
	defer func() {
		if b.Cap() <= scratchMost {
			b.Reset()
			scratch.Put(b)
		}
	}()
	if err := c.Render(ctx, b); err != nil {
		return nil, err
	}
	return bytes.Clone(bytes.Trim(b.Bytes(), trim)), nil
}
