package paging_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

func TestAFrameTravelsToAnotherProcess(t *testing.T) {
	for _, mode := range []paging.Mode{paging.Keyset, paging.Offset} {
		here := inOrder(mode)
		there := inOrder(mode)
		there.Codec = paging.NewCodec([]byte("a fresh key, since the old one was rotated"), []byte("a key for tests, 32 bytes long.."))
		first := load(t, here, 45, "count=true&tab=x")
		p := load(t, here, 45, queryOf(t, first.Links().Next))
		frame := p.Frame()
		if frame == "" || len(frame) > 200 {
			t.Fatalf("the frame has %d characters", len(frame))
		}
		o := mustParse(t, there, queryOf(t, first.Links().Next)).At("/t")
		again, err := paging.Thaw(o, p.Items[:2], frame)
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Items) != 2 || again.Total() != p.Total() || again.Number() != p.Number() || again.HasNext() != p.HasNext() {
			t.Errorf("thawed %+v", again)
		}
		// The cursors are sealed anew, so compare where they lead.
		next := load(t, there, 45, queryOf(t, again.Links().Next))
		if want := load(t, here, 45, queryOf(t, p.Links().Next)); !slices.Equal(ids(next.Items), ids(want.Items)) {
			t.Errorf("the next page is %v, want %v", ids(next.Items), ids(want.Items))
		}
	}
}

func TestFramesAreBound(t *testing.T) {
	c := inOrder(paging.Keyset)
	p := load(t, c, 45, "")
	frame := p.Frame()
	thaw := func(o paging.Options, frame string) error {
		_, err := paging.Thaw(o, p.Items, frame)
		return err
	}
	other, err := c.Parse(nil, "team:4")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		err, want error
	}{
		"the page itself": {thaw(p.Options(), frame), nil},
		"another path":    {thaw(p.Options().At("/elsewhere"), frame), nil},
		"another scope":   {thaw(other, frame), paging.ErrForged},
		"other filters":   {thaw(mustParse(t, c, "status=open"), frame), paging.ErrOutdated},
		"another limit":   {thaw(mustParse(t, c, "limit=5"), frame), paging.ErrOutdated},
		"edited":          {thaw(p.Options(), frame[:len(frame)-1]+"!"), paging.ErrForged},
		"empty":           {thaw(p.Options(), ""), paging.ErrForged},
		"a cursor":        {thaw(p.Options(), cursor(t, c, "")), paging.ErrForged},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v, want %v", name, test.err, test.want)
		}
	}
	if _, err := c.Parse(map[string][]string{"after": {frame}}, "team:3"); !errors.Is(err, paging.ErrForged) {
		t.Errorf("a frame is taken for a cursor: %v", err)
	}
	// Without a codec there is nothing to hide, but a frame of another page is still told.
	plain := inOrder(paging.Offset)
	plain.Codec = nil
	q := load(t, plain, 45, "count=true")
	if _, err := paging.Thaw(q.Options(), q.Items, q.Frame()); err != nil {
		t.Error(err)
	}
	if err := thaw(mustParse(t, plain, "offset=10"), q.Frame()); !errors.Is(err, paging.ErrOutdated) {
		t.Errorf("a frame of another page: %v", err)
	}
	for i := range q.Frame() {
		if err := thaw(q.Options(), q.Frame()[:i]); err == nil {
			t.Errorf("a frame cut at %d is taken", i)
		}
	}
}

func TestRestrictedPagesHaveNoLinks(t *testing.T) {
	c := inOrder(paging.Either)
	c.Count = paging.CountAlways
	p := load(t, c, 45, "offset=20")
	again, err := paging.Slice(p.Options().Restrict([]any{int64(3), int64(1), int64(99)}), append([]row{{ID: 99, Team: 7, At: baseTime}}, p.Items...), ticketColumn, rowKeyAny)
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(again.Items); !slices.Equal(got, []int64{99}) {
		t.Errorf("restricted to %v", got)
	}
	l := again.Links()
	if l.First != nil || l.Prev != nil || l.Next != nil || l.Last != nil || l.Numbers != nil || again.Number() != 0 || again.LastNumber() != 0 || again.Frame() != "" {
		t.Errorf("a restricted page has links: %+v", l)
	}
	if _, ok := again.Total().N(); ok || again.Options().WantsTotal() {
		t.Error("a restricted page is counted")
	}
	if _, err := paging.Slice(p.Options().Restrict(nil), p.Items, ticketColumn, nil); err == nil {
		t.Error("Slice restricts without a key function")
	}
	if keys, ok := p.Options().Keys(); ok || keys != nil {
		t.Error("a page that was not restricted has keys")
	}
	if _, err := paging.Slice(p.Options(), []row{{ID: 1}, {ID: 2}}, func(r row, _ string) any {
		if r.ID == 1 {
			return "text"
		}
		return 2
	}, nil); err == nil || !strings.Contains(err.Error(), "both") {
		t.Errorf("two types in one column: %v", err)
	}
}
