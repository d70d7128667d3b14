package sse_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

func TestEncode(t *testing.T) {
	for _, c := range []struct{ html, want string }{
		{"", ""},
		{"<p>a</p>", "data: <p>a</p>\n"},
		{"a\nb", "data: a\ndata: b\n"},
		{"a\r\nb\rc\n", "data: a\ndata: b\ndata: c\ndata: \n"},
		{"\r\r\n\n", "data: \ndata: \ndata: \ndata: \n"},
		{" indented\n\tand tabbed", "data:  indented\ndata: \tand tabbed\n"},
		{"x\revent: steal\r\rdata: y", "data: x\ndata: event: steal\ndata: \ndata: data: y\n"},
	} {
		if got := string(sse.Encode([]byte(c.html))); got != c.want {
			t.Errorf("Encode(%q) = %q, want %q", c.html, got, c.want)
		}
	}
}

func TestEncodeLeavesItsInputAlone(t *testing.T) {
	html := []byte("a\r\nb\rc")
	sse.Encode(html)
	if string(html) != "a\r\nb\rc" {
		t.Errorf("input is now %q", html)
	}
}

// FuzzEncode: a browser reads exactly what was encoded, as one event, and chunks read as their texts joined by line
// ends.
func FuzzEncode(f *testing.F) {
	f.Add("", "")
	f.Add("<tr>\r\n<td>\r</td>", "\n")
	f.Add("\r", "\n\r\n\r")
	f.Add("data: x\n\nid: 1\n\n", "\x00\ufeff")
	f.Add(" leading", "\xff\xfe broken")
	f.Fuzz(func(t *testing.T, first, second string) {
		a, b := sse.Encode([]byte(first)), sse.Encode([]byte(second))
		if cap(a) > len(first)+(strings.Count(normal(first), "\n")+1)*len("data: \n")+64 {
			t.Errorf("Encode allocated %d bytes for %d", cap(a), len(a))
		}
		var texts []string
		for _, text := range []string{first, second} {
			if text != "" {
				texts = append(texts, normal(text))
			}
		}
		stream := append(append(append([]byte{}, a...), b...), '\n')
		got := read(stream)
		if len(texts) == 0 {
			if len(got.events) != 0 {
				t.Fatalf("events out of nothing: %+v", got.events)
			}
			return
		}
		want := event{Type: "message", Data: strings.Join(texts, "\n")}
		if len(got.events) != 1 || got.events[0] != want {
			t.Fatalf("%q reads as %+v, want %+v", stream, got.events, want)
		}
		if got.retry != -1 {
			t.Fatalf("data set retry to %d", got.retry)
		}
	})
}

// FuzzStream: whatever messages a source composes, a browser reads exactly those that were accepted, in order, and
// remembers the newest id.
func FuzzStream(f *testing.F) {
	f.Add("1", "<p>one</p>", "2", "two\r\nlines", uint16(3000))
	f.Add("", "no id", "a\nb", "injected id", uint16(0))
	f.Add("x", "", "", "", uint16(1))
	f.Add("\x00", "nul", "é", "\xff", uint16(7))
	f.Fuzz(func(t *testing.T, id1, html1, id2, html2 string, retry uint16) {
		second := page(id2, html2)
		second.Retry = time.Duration(retry) * time.Millisecond
		w := newMemory()
		err := sse.Serve(w, httptest.NewRequest("GET", "/", nil), each(page(id1, html1), second), sse.Config{})
		got := read([]byte(w.text()))

		var want []event
		lastID, wantErr := "", false
		for _, m := range [][2]string{{id1, html1}, {id2, html2}} {
			if strings.ContainsFunc(m[0], func(r rune) bool { return r < ' ' || r == 0x7f }) {
				wantErr = true
				break
			}
			if m[0] != "" {
				lastID = decode([]byte(m[0]))
			}
			if m[1] != "" {
				want = append(want, event{"message", normal(m[1]), lastID})
			}
		}
		if wantErr != errors.Is(err, sse.ErrInvalid) || !wantErr && err != nil {
			t.Fatalf("err is %v, want one: %v", err, wantErr)
		}
		if len(got.events) != len(want) || got.lastID != lastID {
			t.Fatalf("read %+v, last id %q; want %+v, %q\n%q", got.events, got.lastID, want, lastID, w.text())
		}
		for i := range want {
			if got.events[i] != want[i] {
				t.Fatalf("event %d is %+v, want %+v", i, got.events[i], want[i])
			}
		}
		if retry > 0 && !wantErr && got.retry != int(retry) {
			t.Fatalf("retry is %d, want %d", got.retry, retry)
		}
	})
}

func TestWireFormat(t *testing.T) {
	w := newMemory()
	err := sse.Serve(w, httptest.NewRequest("GET", "/", nil), each(
		page("v1", "<p>one</p>\n<p>two</p>"),
		sse.Message{ID: []byte("v2")},
		sse.Message{ID: []byte("v3"), Data: [][]byte{nil, sse.Encode([]byte("a")), nil, sse.Encode([]byte("b"))}, Retry: 1500*time.Millisecond + 300*time.Microsecond},
		sse.Message{Retry: time.Microsecond},
		sse.Message{},
	), exact(sse.Config{Retry: 3 * time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"retry: 3000\n\n",
		"id: v1\ndata: <p>one</p>\ndata: <p>two</p>\n\n",
		"id: v2\n\n",
		"id: v3\nretry: 1500\ndata: a\ndata: b\n\n",
		"retry: 1\n\n",
		heartbeat(15 * time.Second),
	}
	if len(w.flushed) != len(want) {
		t.Fatalf("%d flushes, want %d: %+v", len(w.flushed), len(want), w.flushed)
	}
	for i, f := range w.flushed {
		if f.text != want[i] || f.writes != 1 {
			t.Errorf("flush %d: %q in %d writes, want %q in one", i, f.text, f.writes, want[i])
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, m := range map[string]sse.Message{
		"line feed in id":       {ID: []byte("a\nid: b")},
		"carriage return in id": {ID: []byte("a\r")},
		"NUL in id":             {ID: []byte("a\x00")},
		"tab in id":             {ID: []byte("a\tb")},
		"delete in id":          {ID: []byte("a\x7f")},
		"raw html":              {ID: []byte("1"), Data: [][]byte{[]byte("<p>never encoded</p>")}},
		"no line end":           {ID: []byte("1"), Data: [][]byte{[]byte("data: cut off")}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newMemory()
			err := sse.Serve(w, httptest.NewRequest("GET", "/", nil), each(page("ok", "fine"), m), sse.Config{})
			if !errors.Is(err, sse.ErrInvalid) {
				t.Errorf("err is %v, want ErrInvalid", err)
			}
			if got := read([]byte(w.text())); len(got.events) != 1 || got.lastID != "ok" {
				t.Errorf("sent %q", w.text())
			}
		})
	}
}

// TestLargeMessage: beyond 32 KB a message leaves in several writes and one flush, and nothing is lost at the seams.
func TestLargeMessage(t *testing.T) {
	for _, size := range []int{32<<10 - 40, 32<<10 - 28, 32<<10 - 27, 32<<10 - 26, 32 << 10, 100_000, 1 << 20} {
		html := strings.Repeat("0123456789abcde\n", size/16) + strings.Repeat("y", size%16)
		halves := [][]byte{sse.Encode([]byte(html)), sse.Encode([]byte(html))}
		w := newMemory()
		if err := sse.Serve(w, httptest.NewRequest("GET", "/", nil), each(sse.Message{ID: []byte("big"), Data: halves}, page("small", "s")), sse.Config{}); err != nil {
			t.Fatal(err)
		}
		got := read([]byte(w.text()))
		if len(got.events) != 2 || got.events[0].Data != html+"\n"+html || got.events[1] != (event{"message", "s", "small"}) {
			t.Fatalf("%d bytes: %d events", size, len(got.events))
		}
		if len(w.flushed) != 3 {
			t.Errorf("%d bytes: %d flushes, want 3 (headers, two messages)", size, len(w.flushed))
		}
		if most := len(w.flushed[1].text)/(32<<10-16) + 1; w.flushed[1].writes > most {
			t.Errorf("%d bytes: %d writes, want at most %d", size, w.flushed[1].writes, most)
		}
	}
}

// TestNextAfterFlush: the source is asked only when everything before has left.
func TestNextAfterFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newMemory()
		asked := 0
		src := newScript(func(context.Context) (sse.Message, bool, error) {
			if len(w.pending) > 0 || len(w.flushed) != asked+1 {
				t.Errorf("question %d came with %d bytes unflushed after %d flushes", asked, len(w.pending), len(w.flushed))
			}
			asked++
			if asked == 100 {
				return sse.Message{}, false, io.EOF
			}
			return page("x", strings.Repeat("y", asked*1000)), true, nil
		})
		if err := sse.Serve(w, httptest.NewRequest("GET", "/", nil), src, sse.Config{}); err != nil || asked != 100 {
			t.Errorf("asked %d times, err %v", asked, err)
		}
	})
}
