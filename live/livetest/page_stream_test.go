package livetest_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/views"
)

// streamer is a page at / with a stream, at /stream, that is up to the test.
func streamer(client views.Client, stream http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<title>Page</title><p id="text">old</p>%s`, client.Connect("live", "/stream"))
	})
	mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		stream(w, r)
	})
	return mux
}

func say(w http.ResponseWriter, format string, args ...any) error {
	if _, err := fmt.Fprintf(w, format+"\n\n", args...); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}

// When a stream ends and is then refused twice, each client comes back in its own time, with or without the last id.
func TestClientsComeBack(t *testing.T) {
	for client, want := range map[views.Client]string{
		views.HTMX1:  "0s; 3s with 7; 3.5s; 4.5s",
		views.HTMX1B: "0s; 3s with 7",
		views.HTMX2:  "0s; 3s with 7; 3.5s; 4.5s",
		views.HTMX4:  "0s; 500ms with 7; 1s with 7; 2s with 7",
	} {
		t.Run(string(client), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked []string
				begin := time.Now()
				p := livetest.Open(t, streamer(client, func(w http.ResponseWriter, r *http.Request) {
					ask := time.Since(begin).String()
					if id := r.Header.Get("Last-Event-ID"); id != "" {
						ask += " with " + id
					}
					switch asked = append(asked, ask); len(asked) {
					case 1:
						_ = say(w, "id: 7\n:")
					case 2, 3:
						w.WriteHeader(http.StatusInternalServerError)
					default:
						_ = say(w, `data: <p id="text" hx-swap-oob="true">new</p>`)
						<-r.Context().Done()
					}
				}), "/")
				time.Sleep(time.Minute)
				synctest.Wait()
				if got := strings.Join(asked, "; "); got != want {
					t.Errorf("the stream was asked for at %s, want %s", got, want)
				}
				if p.Ended() != (client == views.HTMX1B) || p.Connected() == p.Ended() {
					t.Errorf("connected: %v, ended: %v", p.Connected(), p.Ended())
				}
				if got := p.Text("text"); p.Connected() != (got == "new") {
					t.Errorf("the page shows %q", got)
				}
			})
		})
	}
}

// An event with a name is for scripts, and one called message is what a browser calls those without, but for htmx 4.
func TestNamedEventsSwapNothing(t *testing.T) {
	for _, client := range views.Clients() {
		synctest.Test(t, func(t *testing.T) {
			p := livetest.Open(t, streamer(client, func(w http.ResponseWriter, r *http.Request) {
				_ = say(w, "event: beat\ndata: <p id=\"text\" hx-swap-oob=\"true\">beaten</p>")
				_ = say(w, "event: message\ndata: <p id=\"text\" hx-swap-oob=\"true\">new</p>")
				<-r.Context().Done()
			}), "/")
			synctest.Wait()
			if got := p.Text("text"); (got == "new") != (client != views.HTMX4) || got == "beaten" {
				t.Errorf("%s shows %q", client, got)
			}
			if got := len(p.Messages()); got != 2 {
				t.Errorf("%s was sent %d messages", client, got)
			}
		})
	}
}

// What ends a stream for good, and what loads the page again.
func TestAStreamIsTakenOffThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		handler := streamer(views.HTMX2, func(w http.ResponseWriter, r *http.Request) {
			_ = say(w, "data: %s", views.Disconnect("live"))
			if loads == 1 {
				_ = say(w, "data: %s", views.Reload())
			}
			<-r.Context().Done()
		})
		p := livetest.Open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				loads++
			}
			handler.ServeHTTP(w, r)
		}), "/")
		synctest.Wait()
		if !p.Ended() || p.Has("live") || loads != 1 {
			t.Errorf("ended: %v after %d loads: %s", p.Ended(), loads, p.Body())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		handler := streamer(views.HTMX4, func(w http.ResponseWriter, r *http.Request) {
			if loads == 1 {
				_ = say(w, "data: %s%s", views.Reload(), views.Disconnect("live"))
			}
			<-r.Context().Done()
		})
		p := livetest.Open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				loads++
			}
			handler.ServeHTTP(w, r)
		}), "/")
		time.Sleep(time.Minute)
		synctest.Wait()
		if loads != 2 || !p.Connected() {
			t.Errorf("connected: %v after %d loads: %s", p.Connected(), loads, p.Body())
		}
	})
}

// A page that does not read stalls the server's writes, and their deadline holds.
func TestAPausedPageStallsWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var failed error
		var after time.Duration
		p := livetest.Open(t, streamer(views.HTMX2, func(w http.ResponseWriter, _ *http.Request) {
			control := http.NewResponseController(w)
			message := `data: <p id="text" hx-swap-oob="true">` + strings.Repeat("x", 999) + `</p>`
			_ = say(w, "%s", message) // however early the page pauses, it has read this one
			for begin := time.Now(); ; {
				err := errors.Join(control.SetWriteDeadline(time.Now().Add(5*time.Second)), say(w, "%s", message))
				if err != nil {
					mu.Lock()
					defer mu.Unlock()
					failed, after = err, time.Since(begin)
					return
				}
			}
		}), "/")
		p.Pause()
		synctest.Wait()
		before := p.Text("text")
		time.Sleep(time.Minute)
		if got := p.Text("text"); got != before {
			t.Errorf("a page that is paused shows %.10s…", got)
		}
		mu.Lock()
		if !errors.Is(failed, os.ErrDeadlineExceeded) || after != 5*time.Second {
			t.Errorf("the write failed after %v with %v", after, failed)
		}
		mu.Unlock()
		p.Resume()
		synctest.Wait()
		if got := p.Text("text"); len(got) != 999 {
			t.Errorf("a page that reads on shows %q", got)
		}
	})
}

// A page that is paused and dropped, in any order, comes back when it is resumed, with what it missed.
func TestAPausedPageThatWasDroppedComesBack(t *testing.T) {
	for name, goAway := range map[string]func(p *livetest.Page){
		"paused, dropped": func(p *livetest.Page) { p.Pause(); p.Drop() },
		"dropped, paused": func(p *livetest.Page) { p.Drop(); p.Pause() },
	} {
		t.Run(name, func(t *testing.T) {
			inBubbleAndOutside(t, func(t *testing.T) {
				d := newDesk(t, true)
				p := livetest.Open(t, d, "/tickets")
				goAway(p)
				d.rename(t, 1, "Plotter")
				p.Resume()
				p.AwaitRows("tickets", "1 Plotter", "2 Mouse (done)")
			})
		})
	}
}

// The context of a stream's request ends when the page is left, dropped, or goes elsewhere.
func TestRequestsEndWithTheirPages(t *testing.T) {
	for name, leave := range map[string]func(p *livetest.Page){
		"left": (*livetest.Page).Leave, "dropped": (*livetest.Page).Drop, "elsewhere": func(p *livetest.Page) { p.Expect(404).Goto("/x") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := false
				p := livetest.Open(t, streamer(views.HTMX1, func(w http.ResponseWriter, r *http.Request) {
					_ = say(w, ":")
					<-r.Context().Done()
					ended = true
				}), "/")
				synctest.Wait()
				if ended {
					t.Fatal("the stream has ended by itself")
				}
				leave(p)
				synctest.Wait()
				if !ended {
					t.Error("the stream still runs")
				}
			})
		})
	}
}
