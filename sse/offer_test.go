package sse_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/sse"
)

// prompt is a Prompt of one function.
type prompt func() (sse.Message, bool, error)

func (p prompt) Ready(m *sse.Message) (bool, error) {
	said, ok, err := p()
	m.ID, m.Data, m.Retry = append(m.ID, said.ID...), append(m.Data, said.Data...), said.Retry
	return ok, err
}

// saying has that message ready.
func saying(m sse.Message) prompt { return func() (sse.Message, bool, error) { return m, true, nil } }

// never must not be asked.
func never(t *testing.T) prompt {
	return func() (sse.Message, bool, error) {
		t.Error("asked what is ready of a stream that cannot take it")
		return sse.Message{}, false, nil
	}
}

// served is a stream to a writer in memory, and how it ends.
type served struct {
	*sse.Stream
	w     *memory
	ended chan error
}

func serveMemory(ctx context.Context, t *testing.T, src sse.Source, cfg sse.Config) served {
	t.Helper()
	s := served{w: newMemory(), ended: make(chan error, 1)}
	var err error
	if s.Stream, err = sse.New(s.w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), src, cfg); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.Serve() }()
	synctest.Wait()
	return s
}

// TestOffer: what is offered to an idle stream is written by who offers it, whole and in one write, and the source is
// not asked; what the source has to say goes on as ever.
func TestOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		asked, own := 0, page("own", "of the source")
		src := newScript(nil)
		src.next = func(context.Context) (sse.Message, bool, error) {
			asked++
			return own, asked == 2, nil
		}
		s := serveMemory(ctx, t, src, sse.Config{})
		for _, id := range []string{"1", "2"} {
			if !s.Offer(saying(page(id, "a\nb"))) {
				t.Error("an idle stream took no offer")
			}
		}
		if s.Offer(prompt(func() (sse.Message, bool, error) { return sse.Message{}, false, sse.ErrNotReady })) {
			t.Error("nothing was ready, and Offer has done it")
		}
		if !s.Offer(prompt(func() (sse.Message, bool, error) { return sse.Message{}, false, nil })) {
			t.Error("there is nothing to say, and somebody else should say it")
		}
		if asked != 1 {
			t.Errorf("the source was asked %d times", asked)
		}
		src.signal()
		synctest.Wait()
		s.Offer(saying(page("3", strings.Repeat("x", 40<<10))))
		s.Offer(saying(sse.Message{Retry: time.Second, Data: []sse.Data{sse.Encode([]byte("a")), sse.Encode([]byte("b"))}}))
		s.Offer(saying(sse.Message{Data: []sse.Data{sse.Encode([]byte("c"))}})) // no more than that, of what came before
		want := []flush{
			{"", 0},
			{"id: 1\ndata: a\ndata: b\n\n", 1},
			{"id: 2\ndata: a\ndata: b\n\n", 1},
			{"id: own\ndata: of the source\n\n", 1},
			{"id: 3\ndata: " + strings.Repeat("x", 40<<10) + "\n\n", 2},
			{"retry: 1000\ndata: a\ndata: b\n\n", 1},
			{"data: c\n\n", 1},
		}
		if got := slices.DeleteFunc(s.w.flushed[1:], func(f flush) bool { return f.text == "" }); !slices.Equal(got, want[1:]) {
			t.Errorf("got %.300v\nwant %.300v", got, want)
		}
		cancel()
		if err := <-s.ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if s.Offer(never(t)) {
			t.Error("a stream that is over took an offer")
		}
	})
}

// TestOfferEnds: what is offered may be the last word, or a failure; Serve returns it.
func TestOfferEnds(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		ready prompt
		fail  error
		want  error
		text  string
	}{
		"with a last word":       {ready: func() (sse.Message, bool, error) { return page("bye", "x"), true, io.EOF }, text: "id: bye\ndata: x\n\n"},
		"without one":            {ready: func() (sse.Message, bool, error) { return sse.Message{}, false, io.EOF }},
		"with an error":          {ready: func() (sse.Message, bool, error) { return page("no", "x"), true, broken }, want: broken},
		"with an invalid one":    {ready: saying(sse.Message{ID: []byte("\n")}), want: sse.ErrInvalid},
		"by a write that fails":  {ready: saying(page("1", "x")), fail: broken, want: broken},
		"by a panic of who asks": {ready: func() (sse.Message, bool, error) { panic(broken) }, want: sse.ErrPanic},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serveMemory(t.Context(), t, silent(), sse.Config{})
				s.w.fail = c.fail
				began := time.Now()
				s.Offer(c.ready)
				if s.Offer(never(t)) { // although Serve may not have heard of it yet
					t.Error("a stream that ends took an offer")
				}
				if err := <-s.ended; !errors.Is(err, c.want) {
					t.Errorf("ended with %v, want %v", err, c.want)
				}
				if after := time.Since(began); after != 0 {
					t.Errorf("ended after %v: nobody has told Serve", after)
				}
				if got := s.w.text(); got != c.text {
					t.Errorf("sent %q, want %q", got, c.text)
				}
				if s.Offer(never(t)) {
					t.Error("a stream that is over took an offer")
				}
			})
		})
	}
}

// TestOfferNotYet: not before the stream waits for the first time, nor while it writes; nobody waits for it.
func TestOfferNotYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *sse.Stream
		answered := make(chan struct{})
		src := newScript(func(context.Context) (sse.Message, bool, error) {
			if s.Offer(never(t)) {
				t.Error("took an offer while it composes")
			}
			select {
			case <-answered:
				return sse.Message{}, false, io.EOF
			default:
				close(answered)
				return page("1", "x"), true, nil
			}
		})
		var err error
		w := newMemory()
		if s, err = sse.New(w, httptest.NewRequest(http.MethodGet, "/", nil), src, sse.Config{}); err != nil {
			t.Fatal(err)
		}
		if s.Offer(never(t)) {
			t.Error("took an offer before it was opened")
		}
		if err := s.Serve(); err != nil || w.text() != "id: 1\ndata: x\n\n" {
			t.Errorf("sent %q, %v", w.text(), err)
		}
	})
}

// TestOfferKeepsTime: what is offered puts off the heartbeat, and an old stream takes no offer.
func TestOfferKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := serveMemory(t.Context(), t, silent(), exact(sse.Config{Heartbeat: 20 * time.Second, MaxAge: time.Minute}))
		for range 5 {
			time.Sleep(10 * time.Second)
			if !s.Offer(saying(page("x", "y"))) {
				t.Error("took no offer")
			}
		}
		if err := <-s.ended; err != nil || time.Since(start) != time.Minute {
			t.Errorf("ended after %v: %v", time.Since(start), err)
		}
		if got := s.w.text(); got != strings.Repeat("id: x\ndata: y\n\n", 5) {
			t.Errorf("sent %q: heartbeats are for silence", got)
		}
	})
}

// TestOfferToAStalledBrowser: it takes as long as the write timeout, once; the stream ends by it, and whoever offers
// something meanwhile or later does not wait.
func TestOfferToAStalledBrowser(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s *sse.Stream
				opened, ended := make(chan struct{}), make(chan error, 1)
				server := &http.Server{Protocols: protocol, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					var err error
					if s, err = sse.New(w, r, silent(), exact(sse.Config{WriteTimeout: 10 * time.Second, MaxAge: time.Hour})); err != nil {
						t.Error(err)
					}
					close(opened)
					ended <- s.Serve()
				})}
				listener := make(pipes)
				go func() { _ = server.Serve(listener) }()
				defer server.Close()
				client := listener.client(protocol)
				defer client.CloseIdleConnections()
				response, err := client.Get("http://here/")
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				<-opened
				synctest.Wait()

				start := time.Now()
				var offering sync.WaitGroup
				offering.Go(func() { // more than any buffer between holds
					for s.Offer(saying(page("x", strings.Repeat("y", 8<<20)))) {
						if time.Since(start) > 0 {
							return
						}
					}
				})
				synctest.Wait()
				if s.Offer(never(t)) || time.Since(start) != 0 {
					t.Errorf("another offer waited for %v", time.Since(start))
				}
				offering.Wait()
				if after := time.Since(start); after < 10*time.Second || after > 15*time.Second {
					t.Errorf("the offer came back after %v", after)
				}
				if err := <-ended; !errors.Is(err, sse.ErrStalled) {
					t.Errorf("the stream ended with %v", err)
				}
				if s.Offer(never(t)) {
					t.Error("a stream that is over took an offer")
				}
			})
		})
	}
}

// slowly is a writer that takes its time.
type slowly struct {
	*memory
	takes *atomic.Int64
}

func (w slowly) FlushError() error {
	time.Sleep(time.Duration(w.takes.Load()))
	return w.memory.FlushError()
}

// TestOfferToASlowBrowser: one that was slow to take a message takes the next ones from its own goroutine, until it is
// quick again.
func TestOfferToASlowBrowser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var takes atomic.Int64
		w := slowly{newMemory(), &takes}
		sends := false
		src := newScript(func(context.Context) (sse.Message, bool, error) {
			sends = !sends
			return page("own", "x"), !sends, nil
		})
		s, err := sse.New(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), src, sse.Config{})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- s.Serve() }()
		synctest.Wait()

		takes.Store(int64(5 * time.Millisecond))
		if !s.Offer(saying(page("1", "x"))) {
			t.Error("took no offer when it was not known to be slow")
		}
		if s.Offer(never(t)) {
			t.Error("took an offer although it is slow")
		}
		src.signal()
		time.Sleep(time.Second)
		if s.Offer(never(t)) {
			t.Error("took an offer although it is still slow")
		}
		takes.Store(0)
		src.signal()
		time.Sleep(time.Second)
		if !s.Offer(saying(page("2", "x"))) {
			t.Error("took no offer although it is quick again")
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		want := "id: 1\ndata: x\n\n" + strings.Repeat("id: own\ndata: x\n\n", 2) + "id: 2\ndata: x\n\n"
		if got := w.text(); got != want {
			t.Errorf("sent %q, want %q", got, want)
		}
	})
}

// firstly is a writer that takes its time for the first piece of a message.
type firstly struct {
	*memory
	takes time.Duration
}

func (w firstly) Write(p []byte) (int, error) {
	if w.writes == 0 && len(p) > 1000 {
		time.Sleep(w.takes)
	}
	return w.memory.Write(p)
}

// TestOfferOfALargeMessage: a browser is slow if any piece of it was.
func TestOfferOfALargeMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := sse.New(firstly{newMemory(), time.Second}, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), silent(), sse.Config{})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- s.Serve() }()
		synctest.Wait()
		if !s.Offer(saying(page("1", "small"))) || !s.Offer(saying(page("2", strings.Repeat("x", 100_000)))) {
			t.Error("took no offer when it was not known to be slow")
		}
		if s.Offer(never(t)) {
			t.Error("took an offer although it is slow")
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// TestServeWaitsForAnOffer: when it returns, nobody uses the writer any more.
func TestServeWaitsForAnOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var takes atomic.Int64
		w := slowly{newMemory(), &takes}
		s, err := sse.New(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), silent(), sse.Config{})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan time.Time, 1)
		go func() {
			_ = s.Serve()
			ended <- time.Now()
		}()
		synctest.Wait()
		takes.Store(int64(time.Second))
		start := time.Now()
		go s.Offer(saying(page("1", "x")))
		synctest.Wait()
		cancel()
		if after := (<-ended).Sub(start); after != time.Second {
			t.Errorf("Serve returned after %v, the write after one second", after)
		}
	})
}

// TestOffersFromManySides: offers and the source's own messages never mix, and none that Offer took is lost.
func TestOffersFromManySides(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			const each = 200
			var own, taken atomic.Int64
			src := newScript(nil)
			src.next = func(context.Context) (sse.Message, bool, error) {
				if n := own.Add(1); n%2 == 0 {
					return sse.Message{}, false, nil
				}
				return page("own", "a\nb"), true, nil
			}
			var s *sse.Stream
			opened := make(chan struct{})
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var err error
				if s, err = sse.New(w, r, src, sse.Config{}); err != nil {
					t.Error(err)
				}
				close(opened)
				_ = s.Serve()
			}))
			server.Config.Protocols = protocol
			server.Start()
			defer server.Close()
			client := &http.Client{Transport: &http.Transport{Protocols: protocol}}
			defer client.CloseIdleConnections()
			response, err := client.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			<-opened
			received := make(chan []byte)
			go func() {
				b, _ := io.ReadAll(response.Body)
				received <- b
			}()
			var offering sync.WaitGroup
			for range 4 {
				offering.Go(func() {
					for range each {
						if s.Offer(saying(page("offered", "c\nd"))) {
							taken.Add(1)
						} else {
							src.signal()
							runtime.Gosched()
						}
					}
				})
			}
			offering.Wait()
			for !s.Offer(prompt(func() (sse.Message, bool, error) { return page("last", ""), true, io.EOF })) {
				runtime.Gosched()
			}
			counts := map[string]int64{}
			for _, e := range read(<-received).events {
				counts[e.LastID+":"+e.Data]++
			}
			if counts["offered:c\nd"] != taken.Load() {
				t.Errorf("%d offers were taken, and the browser got %d", taken.Load(), counts["offered:c\nd"])
			}
			if got := counts["own:a\nb"]; got == 0 || got < own.Load()/2-1 {
				t.Errorf("the source said %d, and the browser got %d", own.Load()/2, got)
			}
			delete(counts, "offered:c\nd")
			delete(counts, "own:a\nb")
			delete(counts, "last:")
			if len(counts) > 0 {
				t.Errorf("also got %v", counts)
			}
		})
	}
}

// TestOfferedStreamSleeps: who is written to all the time is woken neither for a heartbeat nor to find that none is due;
// when that is over, heartbeats come as ever.
func TestOfferedStreamSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var asked atomic.Int64
		src := newScript(func(context.Context) (sse.Message, bool, error) {
			asked.Add(1)
			return sse.Message{}, false, nil
		})
		s := serveMemory(ctx, t, src, sse.Config{Heartbeat: 10 * time.Second})
		for range 60 {
			time.Sleep(time.Second)
			s.Offer(saying(page("1", "x")))
		}
		synctest.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("the source was asked %d times, though nothing was due", n)
		}
		time.Sleep(25 * time.Second)
		cancel()
		synctest.Wait()
		beats := 0
		for _, f := range s.w.flushed {
			if f.text == ":\n\n" {
				beats++
			}
		}
		if beats != 2 {
			t.Errorf("%d heartbeats in 25 seconds of silence", beats)
		}
	})
}

// TestOfferAllocation: an offer allocates nothing, whatever it weighs.
func TestOfferAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools forget on purpose")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection would empty the pools
	for _, size := range []int{100, 10_000, 1 << 20} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		s, err := sse.New(nothing{newMemory()}, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx), silent(), sse.Config{})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_ = s.Serve()
			close(ended)
		}()
		ready := saying(sse.Message{ID: []byte("x"), Data: []sse.Data{sse.Encode([]byte(strings.Repeat("x", size)))}})
		for !s.Offer(ready) {
			runtime.Gosched()
		}
		if got := testing.AllocsPerRun(100, func() { s.Offer(ready) }); got > 0 {
			t.Errorf("%d bytes: %v allocations", size, got)
		}
		cancel()
		<-ended
	}
}

// TestOfferLeavesTheSourcesMemory: a Ready that assigns where it should append costs an allocation, and no other stream
// sees its bytes.
func TestOfferLeavesTheSourcesMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		a, b := serveMemory(ctx, t, silent(), sse.Config{}), serveMemory(ctx, t, silent(), sse.Config{})
		mine := assigning(page("mine", "x"))
		for range 3 {
			a.Offer(mine)
			b.Offer(saying(page("other", "y")))
		}
		cancel()
		synctest.Wait()
		if got, want := a.w.text(), strings.Repeat("id: mine\ndata: x\n\n", 3); got != want {
			t.Errorf("sent %q", got)
		}
	})
}

type assigning sse.Message

func (a assigning) Ready(m *sse.Message) (bool, error) {
	*m = sse.Message(a)
	return true, nil
}
