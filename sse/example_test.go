package sse_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

	"github.com/htmxlive/htmxlive/sse"
)

// Price is a value that many browsers watch. It holds the newest state only, encoded once for all of them.
type Price struct{ now atomic.Pointer[[]byte] }

// Set replaces the state. (A real source would also signal the Changed channel of everybody who watches.)
func (p *Price) Set(cents int) {
	data := sse.Encode(fmt.Appendf(nil, "<b id=\"price\" hx-swap-oob=\"true\">\n%d.%02d\n</b>", cents/100, cents%100))
	p.now.Store(&data)
}

// watcher is one browser's view: it knows which state its browser has.
type watcher struct {
	price   *Price
	changed chan struct{}
	shown   *[]byte
}

func (w *watcher) Changed() chan struct{} { return w.changed }

func (w *watcher) Next(context.Context) (sse.Message, bool, error) {
	now := w.price.now.Load()
	if now == w.shown {
		return sse.Message{}, false, io.EOF // the example ends here; a watcher would return nil and be asked again
	}
	w.shown = now
	return sse.Message{ID: []byte("v1"), Data: [][]byte{*now}}, true, nil
}

func Example() {
	price := new(Price)
	price.Set(1999)

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		source := &watcher{price: price, changed: make(chan struct{}, 1)}
		if err := sse.Serve(w, r, source, sse.Config{}); err != nil {
			log.Print(err)
		}
	}))
	defer server.Close()

	response, err := server.Client().Get(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	stream, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Header.Get("Content-Type"))
	fmt.Print(string(stream))
	// Output:
	// text/event-stream
	// id: v1
	// data: <b id="price" hx-swap-oob="true">
	// data: 19.99
	// data: </b>
}

// A row that changed for many browsers is encoded once; messages put such chunks together.
func ExampleEncode() {
	row := sse.Encode([]byte("<tr id=\"t7\">\r\n<td>open</td></tr>"))
	count := sse.Encode([]byte("<b id=\"count\">12</b>"))
	message := sse.Message{ID: []byte("v8"), Data: [][]byte{row, count}}
	for _, chunk := range message.Data {
		fmt.Print(string(chunk))
	}
	// Output:
	// data: <tr id="t7">
	// data: <td>open</td></tr>
	// data: <b id="count">12</b>
}
