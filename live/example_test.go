package live_test

import (
	"context"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// follow prints the next update that a stream is sent. Package middleware does this for a browser.
func follow(s *live.Transport) {
	u, ok := live.Update{}, false
	for !ok {
		<-s.Changed()
		u, ok = s.Next()
	}
	for _, p := range u.Patches {
		fmt.Printf("%s\n", p.HTML)
	}
	if u.Query != nil {
		fmt.Println("moved to", u.Query.Encode())
	}
}

// openStream begins the stream of a page. In a program, middleware.Socket does.
func openStream(k *live.Keeper, query string) *live.Transport {
	q, err := url.ParseQuery(query)
	if err != nil {
		panic(err)
	}
	s, err := k.Connect(context.Background(), live.SocketConfig{Session: "alice", Path: "/tickets", Query: q, Connected: true})
	if err != nil {
		panic(err)
	}
	return s
}

// A page keeps the number of tickets. After each commit the application publishes "tickets"; however
// often it does, the query runs at most twice a second.
func ExampleKeep() {
	var tickets atomic.Int64
	keeper := live.NewKeeper(live.Config{})
	defer keeper.Close(context.Background())
	s := openStream(keeper, "")
	defer s.Close()

	n, err := live.Keep(s.Socket(), "tickets", live.Query[int64]{
		Fetch:         func(context.Context) (int64, error) { return tickets.Load(), nil },
		Subscribe:     []string{"tickets"},
		RefetchWindow: 500 * time.Millisecond,
		Fragments:     []fragment.Fragment{livetest.Text("ticket-count", "tickets")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("loaded with", n)
	s.Start()
	follow(s)
	for range 1000 {
		tickets.Add(1)
		if err := keeper.Publish(context.Background(), "tickets"); err != nil {
			fmt.Println(err)
		}
	}
	follow(s)
	fmt.Println(keeper.Stats().Fetches, "fetches")
	// Output:
	// loaded with 0
	// <p id="ticket-count" hx-swap-oob="true">0</p>
	// <p id="ticket-count" hx-swap-oob="true" data-was="0">1000</p>
	// 2 fetches
}

// Everybody who may see a team's tickets looks at one count of them: it is fetched and rendered once.
func ExampleShare() {
	keeper := live.NewKeeper(live.Config{})
	defer keeper.Close(context.Background())
	// Where the program starts:
	counts := live.Share(keeper, "count", func(team int) live.Query[string] {
		return live.Query[string]{
			Fetch:     func(context.Context) (string, error) { return fmt.Sprintf("tickets of team %d", team), nil },
			Subscribe: []string{fmt.Sprintf("tickets:team:%d", team)},
			Fragments: []fragment.Fragment{livetest.Text("count", "count")},
		}
	})
	// In the handlers:
	for range 3 {
		s := openStream(keeper, "")
		defer s.Close()
		count, err := live.Keep(s.Socket(), "count", counts.With("team:7", 7))
		fmt.Println(count, err)
	}
	fmt.Println(keeper.Stats().Fetches, "fetch")
	// Output:
	// tickets of team 7 <nil>
	// tickets of team 7 <nil>
	// tickets of team 7 <nil>
	// 1 fetch
}

// A page of one customer hears of all tickets, and refetches for those that it shows.
func ExampleSocket_OnNotification() {
	keeper := live.NewKeeper(live.Config{})
	defer keeper.Close(context.Background())
	s := openStream(keeper, "")
	defer s.Close()
	s.Socket().OnNotification(func(_ context.Context, topic string, assigns []string) []string {
		fmt.Println(topic, "may touch", assigns)
		if topic == "ticket:2" {
			return nil // it does not
		}
		return assigns
	})
	_, err := live.Keep(s.Socket(), "ticket", live.Query[string]{
		Fetch:     func(context.Context) (string, error) { return "printer on fire", nil },
		Subscribe: []string{"ticket:1", "ticket:2"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	s.Start()
	for _, topic := range []string{"ticket:2", "ticket:1"} {
		if err := keeper.Publish(context.Background(), topic); err != nil {
			fmt.Println(err)
		}
		s.Next() // the hook runs where the stream looks for something new
	}
	// Output:
	// ticket:2 may touch [ticket]
	// ticket:1 may touch [ticket]
}

// Code moves a page without a click: the stream sends the new rows, and the page goes on as if it had been loaded there.
func ExampleSocket_ChangePage() {
	keeper := live.NewKeeper(live.Config{})
	defer keeper.Close(context.Background())
	s := openStream(keeper, "tab=open")
	defer s.Close()
	tickets := newTable(1, 2, 3, 4, 5)
	_, err := live.KeepPage(s.Socket(), "tickets", live.PageQuery[row, int]{
		Fetch:     tickets.page,
		Key:       func(r row) int { return r.ID },
		Paging:    offset(), // two rows a page
		Fragments: []fragment.Fragment{livetest.Text("tickets", "tickets")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	s.Start()
	follow(s)
	if err := s.Socket().ChangePage("tickets", paging.Last); err != nil {
		fmt.Println(err)
	}
	follow(s)
	// Output:
	// <p id="tickets" hx-swap-oob="true">1=a 2=a</p>
	// <p id="tickets" hx-swap-oob="true" data-was="1=a 2=a">5=a</p>
	// moved to offset=4&tab=open
}

// shelf is a little database. Whoever reads from it says so, and whoever writes publishes.
type shelf struct {
	books  atomic.Int64
	keeper *live.Keeper
}

// count runs a statement: what it reads is recorded before.
func (s *shelf) count(ctx context.Context) (int64, error) {
	live.Reads(ctx, "books")
	return s.books.Load(), nil
}

func (s *shelf) add(ctx context.Context) error {
	s.books.Add(1) // and commit
	return s.keeper.Publish(ctx, "books")
}

// A data layer names the topics, so that the query of a page does not: all it has to do is to pass its context on.
func ExampleReads() {
	keeper := live.NewKeeper(live.Config{})
	defer keeper.Close(context.Background())
	db := &shelf{keeper: keeper}
	s := openStream(keeper, "")
	defer s.Close()

	_, err := live.Keep(s.Socket(), "books", live.Query[int64]{
		Fetch:     db.count,
		Fragments: []fragment.Fragment{livetest.Text("book-count", "books")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	s.Start()
	follow(s)
	if err := db.add(context.Background()); err != nil {
		fmt.Println(err)
	}
	follow(s)
	// Output:
	// <p id="book-count" hx-swap-oob="true">0</p>
	// <p id="book-count" hx-swap-oob="true" data-was="0">1</p>
}
