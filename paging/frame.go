package paging

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// MaxFrame is the length of the longest Frame, in characters. One with integer and time sort keys has about 80.
const MaxFrame = 512

const framePurpose = "frame"

// What the first byte of a frame says.
const (
	frameHasPrev = 1 << iota
	frameHasNext
	frameBoundaries
)

// Frame is what With keeps, in a short string: whether there are more rows, where the page begins and ends, and the
// total. Thaw restores it in another process. It is sealed when the Config has a Codec. It is empty when the sort values
// are too long for it, and on a restricted page.
func (p Page[T]) Frame() string {
	if p.opts.restricted {
		return ""
	}
	digest := p.opts.frameBinding()
	b := append(make([]byte, 0, 64), digest[:]...)
	flags := byte(0)
	if p.hasPrev {
		flags |= frameHasPrev
	}
	if p.hasNext {
		flags |= frameHasNext
	}
	if p.first != nil && p.final != nil {
		flags |= frameBoundaries
	}
	b = append(b, flags, byte(p.total.kind))
	b = binary.AppendUvarint(b, uint64(p.total.n))
	b = binary.AppendUvarint(b, uint64(p.count))
	if flags&frameBoundaries != 0 {
		for _, at := range []*boundary{p.first, p.final} {
			for _, v := range at.values {
				b = appendValue(b, v)
			}
		}
	}
	return p.opts.sealFrame(b)
}

func (o Options) sealFrame(b []byte) string {
	var frame string
	if c := o.config().Codec; c != nil {
		frame = c.seal(framePurpose, o.scope, b)
	} else { // pages by offset hold nothing that must not be seen
		frame = base64.RawURLEncoding.EncodeToString(b)
	}
	if len(frame) > MaxFrame {
		return ""
	}
	return frame
}

// frameBinding is a digest of the page a frame belongs to. Its place counts by the values of the row and not by the
// cursor, which looks different once another key seals.
func (o Options) frameBinding() [8]byte {
	h := sha256.New()
	write(h, o.config().Name)
	write(h, o.At("").first().ID())
	writeLen(h, int(o.start))
	writeLen(h, o.offset)
	if o.row != nil {
		var b []byte
		for _, v := range o.row.values {
			b = appendValue(b, v)
		}
		_, _ = h.Write(b)
	}
	return [8]byte(h.Sum(nil)[:8])
}

// Thaw is the page of o with these rows and the links and totals of a frame that a page of equal Options had, as With
// would have kept them. Where o is restricted it is the page that o was restricted from. The error wraps ErrForged or
// ErrOutdated; a fresh page is the answer to both.
func Thaw[T any](o Options, items []T, frame string) (Page[T], error) {
	o = o.unrestricted()
	p := Page[T]{Items: items, opts: o}
	b, ok := o.openFrame(frame)
	if !ok {
		return p, fmt.Errorf("thawing a page: %w", ErrForged)
	}
	digest := o.frameBinding()
	if len(b) < len(digest) || string(b[:len(digest)]) != string(digest[:]) {
		return p, fmt.Errorf("thawing a page: %w", ErrOutdated)
	}
	r := reader{b: b[len(digest):]}
	flags := r.byte()
	p.hasPrev, p.hasNext = flags&frameHasPrev != 0, flags&frameHasNext != 0
	p.total.kind = totalKind(r.byte())
	p.total.n = int64(r.uvarint())
	p.count = int(r.uvarint())
	if flags&frameBoundaries != 0 {
		p.first, p.final = r.boundary(o), r.boundary(o)
	}
	if r.err != nil || len(r.b) != 0 || p.total.kind > estimated {
		return p, fmt.Errorf("thawing a page: %w", errors.Join(ErrOutdated, r.err))
	}
	return p, nil
}

func (o Options) openFrame(frame string) ([]byte, bool) {
	if c := o.config().Codec; c != nil {
		return c.open(framePurpose, o.scope, frame)
	}
	b, err := strictBase64().DecodeString(frame)
	return b, err == nil && len(b) > 0
}

// boundary reads the sort values of one row and makes its cursor. Sealing is deterministic, so it is the one it had, unless
// another key seals by now.
func (r *reader) boundary(o Options) *boundary {
	at := &boundary{values: make([]any, len(o.sort.Keys))}
	for i := range at.values {
		at.values[i] = r.value()
	}
	if r.err == nil {
		at.token = o.seal(at.values)
	}
	return at
}
