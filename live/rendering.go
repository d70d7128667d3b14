package live

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/htmxlive/htmxlive/live/fragment"
)

// Digest identifies the look of a fragment: the first 8 bytes of the SHA-256 of its id and what it
// rendered. It is the same in every process, so that any node can tell what a browser shows.
type Digest [8]byte

// Rendering is one version of one fragment, made once for everybody who sees it.
type Rendering struct {
	fragment fragment.Fragment
	bytes    []byte
	digest   Digest

	mu      sync.Mutex
	patches []*Patch   // newest last; guarded by mu
	compact *Rendering // what pages remember of it, made when the first is shown it; guarded by mu
}

// remembered is the short form of r that a page keeps which shows r: enough to patch from. So a page that falls behind,
// however far, holds no old HTML.
func (r *Rendering) remembered() (compact *Rendering) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.compact != nil {
		return r.compact
	}
	r.compact, compact = r, r // as if the fragment had no Compact, if that panics
	defer recoverTo(new(error))
	if f, ok := r.fragment.(fragment.Compacter); ok {
		compact = &Rendering{fragment: r.fragment, bytes: f.Compact(r.bytes), digest: r.digest}
		r.compact = compact
	}
	return compact
}

// patchesKept bounds the patches a rendering remembers: pages that follow are one version behind, a
// few are two or three behind, and the rest is cheap to make again.
const patchesKept = 4

// Patch is the HTML that takes a browser from one version of a fragment to another.
type Patch struct {
	HTML []byte
	// Wire is room for the adapter: HTML as it travels, so that it is encoded once for all pages. Nil: not encoded yet.
	Wire atomic.Pointer[[]byte]

	from  Digest
	whole bool
}

// Fragment is what rendered it.
func (r *Rendering) Fragment() fragment.Fragment { return r.fragment }

// ID is the id of the fragment's element.
func (r *Rendering) ID() string { return r.fragment.ID() }

// Inline is the fragment as it stands in a page that is being loaded.
func (r *Rendering) Inline() []byte { return r.fragment.Inline(r.bytes) }

// Patch is the difference from what the browser shows; from nil is the whole fragment.
func (r *Rendering) Patch(from *Rendering) (_ *Patch, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer recoverTo(&err)
	whole := from == nil
	if whole {
		from = new(Rendering)
	}
	for _, p := range r.patches {
		if p.whole == whole && p.from == from.digest {
			return p, nil
		}
	}
	p := &Patch{HTML: r.fragment.Patch(from.bytes, r.bytes), whole: whole, from: from.digest}
	if len(r.patches) == patchesKept {
		r.patches = append(r.patches[:0], r.patches[1:]...)
	}
	r.patches = append(r.patches, p)
	return p, nil
}

// renderJob renders a fragment, as a whole or row by row.
type renderJob struct {
	fragment fragment.Fragment
	id       string // of the fragment
	assigns  fragment.Assigns
	last     *Rendering // the version before; nil where there is none
	most     int        // bytes

	byRow     fragment.RowRenderer // the fragment; nil: it is rendered as a whole, and there is nothing below
	rows      []*cachedRow
	index     int  // of the fragment among those of the query
	fragments int  // of the query
	anew      bool // rows that are what they were are rendered all the same
	failures  *rowFailures
	lastView  *view    // what the view was before; nil where there is none
	at        int      // where the last search in the rows of lastView ended
	bytes     [][]byte // what has been rendered of the rows
	parts     [][]byte // the same, as parts of the whole

	rendered, cached uint32 // rows that were rendered, and that were not rendered again
}

// render makes the version of the fragment that the assigns give; the last one where nothing differs.
func (j *renderJob) render(ctx context.Context) (_ *Rendering, err error) {
	defer recoverTo(&err)
	var b []byte
	if j.byRow != nil {
		b, err = j.renderRows(ctx)
	} else {
		b, err = j.fragment.Render(ctx, j.assigns)
	}
	if err == nil && len(b) > j.most {
		err = &LimitError{Limit: LimitFragmentBytes, Max: j.most}
	}
	if err != nil {
		return nil, fmt.Errorf("render fragment %q: %w", j.id, err)
	}
	r := &Rendering{fragment: j.fragment, bytes: b, digest: digestOf(j.id, b)}
	if j.last != nil && j.last.digest == r.digest {
		return j.last, nil
	}
	if j.byRow != nil {
		j.bytes = j.parts // RenderRows may have put parts of b in their places: then no row is held twice
	}
	return r, nil
}

// renderAround is render once more, after render has failed with err: a fragment of rows now puts placeholders in the places of
// the rows that it cannot render. A fragment of another kind fails with err.
func (j *renderJob) renderAround(ctx context.Context, err error) (*Rendering, error) {
	if _, ok := j.fragment.(fragment.RowRenderer); !ok || ctx.Err() != nil {
		return nil, err
	}
	return j.render(fragment.WithFailures(ctx, j.failures))
}

func digestOf(id string, rendered []byte) (d Digest) {
	h := sha256.New()
	h.Write([]byte(id))
	h.Write([]byte{0})
	h.Write(rendered)
	copy(d[:], h.Sum(nil))
	return d
}
