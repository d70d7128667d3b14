package sse_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/sse"
)

// weighed is a writer that remembers the largest write.
type weighed struct {
	*memory
	most int
}

func (w *weighed) Write(p []byte) (int, error) {
	w.most = max(w.most, len(p))
	return w.memory.Write(p)
}

// TestPieces: no write is larger than 32 KB, however the message is cut into data.
func TestPieces(t *testing.T) {
	for name, sizes := range map[string][]int{
		"one":           {200 << 10},
		"many small":    make([]int, 5000),
		"many":          {20 << 10, 20 << 10, 20 << 10, 20 << 10, 20 << 10},
		"full":          {32 << 10, 32 << 10, 32 << 10},
		"large, little": {100 << 10, 1, 100 << 10, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			m, want := sse.Message{ID: []byte("1")}, "id: 1\n"
			for i, size := range sizes {
				html := strings.Repeat(string(rune('a'+i%26)), max(size, 10))
				m.Data = append(m.Data, sse.Encode([]byte(html)))
				want += "data: " + html + "\n"
			}
			w := &weighed{memory: newMemory()}
			if err := sse.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), each(m), sse.Config{}); err != nil {
				t.Error(err)
			}
			if got := w.text(); got != want+"\n" {
				t.Errorf("sent %.100q, want %.100q", got, want)
			}
			if w.most > 32<<10 {
				t.Errorf("%d bytes were written at once", w.most)
			}
		})
	}
}
