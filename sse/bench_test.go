package sse_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// BenchmarkMessage is what one message costs without its system call: the whole stream, beside a loop that writes the
// same prepared bytes under a deadline. The difference is the price of r3labs and of this package together.
func BenchmarkMessage(b *testing.B) {
	for _, size := range []int{512, 4 << 10, 64 << 10} {
		data := []sse.Data{sse.Encode([]byte(strings.Repeat("x", size)))}
		b.Run(fmt.Sprintf("sse/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			src := newScript(func(context.Context) (sse.Message, bool, error) {
				if !b.Loop() {
					return sse.Message{}, false, io.EOF
				}
				return sse.Message{ID: []byte("v1"), Data: data}, true, nil
			})
			if err := sse.Serve(nothing{newMemory()}, httptest.NewRequest("GET", "/", nil), src, sse.Config{}); err != nil {
				b.Fatal(err)
			}
		})
		b.Run(fmt.Sprintf("loop/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			w := nothing{newMemory()}
			control := http.NewResponseController(w)
			message := append(append([]byte("id: v1\n"), data[0]...), '\n')
			for b.Loop() {
				_ = control.SetWriteDeadline(time.Now().Add(10 * time.Second))
				_, _ = w.Write(message)
				_ = control.Flush()
			}
		})
	}
}
