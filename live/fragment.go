package live

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// Fragment is what live needs of a fragment; package views has several kinds of them. What it
// renders is opaque here: live compares it, keeps it, and asks for the difference of two versions.
type Fragment = interface {
	// ID is the id of the element the fragment keeps, unique on the page.
	ID() string
	// Render renders the assigns, by name. It is pure: equal assigns give equal bytes, and equal bytes look equal.
	Render(ctx context.Context, assigns map[string]any) ([]byte, error)
	// Inline is what stands in the page when it is loaded.
	Inline(rendered []byte) []byte
	// Patch is what turns an element that shows old into one that shows rendered; the whole fragment when old is nil.
	Patch(old, rendered []byte) []byte
}

// Digest identifies the look of a fragment: the first 8 bytes of the SHA-256 of its id and what it
// rendered. It is the same in every process, so that any node can tell what a browser shows.
type Digest [8]byte

// Rendering is one version of one fragment, made once for everybody who sees it.
type Rendering struct {
	fragment Fragment
	bytes    []byte
	digest   Digest

	mu      sync.Mutex
	patches []*Patch   // newest last; guarded by mu
	outline *Rendering // what pages remember of it, made when the first is shown it; guarded by mu
}

// compacter is what a fragment may do besides: its Patch takes a short stand-in for an old version, so
// that a page that falls behind, however far, holds no old HTML.
type compacter interface {
	Compact(rendered []byte) []byte
}

// renewer is what a fragment of rows may do besides: Renew is Render for assigns that can be compared with those that
// before was rendered from (list.Same), and need not render again what is the same.
type renewer interface {
	Renew(ctx context.Context, assigns map[string]any, before []byte) ([]byte, error)
}

// remembered is r as a page remembers that it shows it: enough to patch from.
func (r *Rendering) remembered() *Rendering {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.outline == nil {
		r.outline = r.compacted()
	}
	return r.outline
}

func (r *Rendering) compacted() (outline *Rendering) {
	f, ok := r.fragment.(compacter)
	if !ok {
		return r
	}
	defer func() {
		if recover() != nil {
			outline = r // as if it had none
		}
	}()
	return &Rendering{fragment: r.fragment, bytes: f.Compact(r.bytes), digest: r.digest}
}

// patchesKept bounds the patches a rendering remembers: pages that follow are one version behind, a
// few are two or three behind, and the rest is cheap to make again.
const patchesKept = 4

// Patch is the HTML that takes a browser from one version of a fragment to another.
type Patch struct {
	HTML []byte

	from    Digest
	whole   bool
	once    sync.Once
	encoded []byte
}

// Encoded is the patch as encode writes it for the wire, made by the first who asks. Everybody must pass the same encode.
func (p *Patch) Encoded(encode func(html []byte) []byte) []byte {
	p.once.Do(func() { p.encoded = encode(p.HTML) })
	return p.encoded
}

// ID is the id of the fragment's element.
func (r *Rendering) ID() string { return r.fragment.ID() }

// Digest identifies how the fragment looks.
func (r *Rendering) Digest() Digest { return r.digest }

// Inline is the fragment as it stands in a page that is being loaded.
func (r *Rendering) Inline() []byte { return r.fragment.Inline(r.bytes) }

// Patch is the difference from what the browser shows; from nil is the whole fragment.
func (r *Rendering) Patch(from *Rendering) (*Patch, error) {
	want := Patch{whole: from == nil}
	if from != nil {
		want.from = from.digest
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.patches {
		if p.whole == want.whole && p.from == want.from {
			return p, nil
		}
	}
	p, err := r.makePatch(from)
	if err != nil {
		return nil, err
	}
	p.whole, p.from = want.whole, want.from
	if len(r.patches) == patchesKept {
		r.patches = append(r.patches[:0], r.patches[1:]...)
	}
	r.patches = append(r.patches, p)
	return p, nil
}

func (r *Rendering) makePatch(from *Rendering) (p *Patch, err error) {
	defer recoverTo(&err)
	var old []byte
	if from != nil {
		old = from.bytes
	}
	return &Patch{HTML: r.fragment.Patch(old, r.bytes)}, nil
}

// render makes the version of f that assigns give; the last one where nothing differs.
func render(ctx context.Context, f Fragment, assigns map[string]any, last *Rendering, most int) (_ *Rendering, err error) {
	defer recoverTo(&err)
	var b []byte
	if renewer, ok := f.(renewer); ok && last != nil {
		b, err = renewer.Renew(ctx, assigns, last.bytes)
	} else {
		b, err = f.Render(ctx, assigns)
	}
	if err == nil && len(b) > most {
		err = &LimitError{Limit: "BytesPerFragment", Max: most}
	}
	if err != nil {
		return nil, fmt.Errorf("render fragment %q: %w", f.ID(), err)
	}
	r := &Rendering{fragment: f, bytes: b, digest: digestOf(f.ID(), b)}
	if last != nil && last.digest == r.digest {
		return last, nil
	}
	return r, nil
}

func digestOf(id string, rendered []byte) (d Digest) {
	h := sha256.New()
	h.Write([]byte(id))
	h.Write([]byte{0})
	h.Write(rendered)
	copy(d[:], h.Sum(nil))
	return d
}

// recoverTo turns a panic in user code into an error: it ends that fetch or render and nothing else.
func recoverTo(err *error) {
	if v := recover(); v != nil {
		*err = errors.Join(*err, &panicError{value: v, stack: debug.Stack()})
	}
}
