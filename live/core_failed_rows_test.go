package live_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// fragile is a fragment of rows one of which may fail, in the way that its name says.
func fragile(broken *box[bool]) fragment.Fragment {
	return views.New(views.Rows{ID: "rows", Prefix: "row-", Row: func(value any) views.Component {
		return views.ComponentFunc(func(_ context.Context, w io.Writer) error {
			r := value.(row)
			fmt.Fprintf(w, `<li id="row-%d">%s`, r.ID, r.Name)
			switch {
			case r.Name == "error", r.Name == "shaky" && broken.get():
				return errors.New("no <such> thing")
			case r.Name == "panic":
				panic("no <such> thing")
			case r.Name == "markup":
				io.WriteString(w, `<title>no <such> thing</title>`)
			}
			_, err := io.WriteString(w, `</li>`)
			return err
		})
	}})
}

const placeholder2 = `<li id="row-2" data-live="failed">This entry cannot be shown.</li>`

// sees opens a page of the query and returns its stream and how it looked when it was loaded.
func sees(t *testing.T, k *live.Keeper, q live.ListQuery[row, int]) (*live.Transport, string) {
	t.Helper()
	s := connect(t, k)
	t.Cleanup(s.Close)
	if err := keepRows(s.Socket(), q); err != nil {
		t.Fatal(err)
	}
	renderings, err := s.Render()
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	s.Next()
	return s, string(renderings[0].Inline())
}

// sent is the HTML that the pages are sent, the same for all of them.
func sent(t *testing.T, pages ...*live.Transport) (html string) {
	t.Helper()
	synctest.Wait()
	for i, s := range pages {
		var got strings.Builder
		for {
			u, ok := s.Next()
			if !ok {
				break
			}
			for _, p := range u.Patches {
				got.Write(p.HTML)
			}
		}
		if i > 0 && got.String() != html {
			t.Errorf("page %d is sent %q, the first %q", i, got.String(), html)
		}
		html = got.String()
	}
	return html
}

// One row that cannot be rendered stops no other, when the page is loaded and later; it is said once, whoever looks.
func TestABadRowStopsNoOther(t *testing.T) {
	for _, bad := range []string{"error", "panic", "markup"} {
		for _, private := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, private %t", bad, private), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					var log journal
					k, tb := node(t, live.Config{Logger: log.logger()}), newTable(1, 2, 3)
					tb.put(row{2, bad})
					q := tb.list()
					q.Fragments = []fragment.Fragment{fragile(nil)}
					if !private {
						q = live.Share(k, "rows", func(int) live.ListQuery[row, int] { return q }).With("all", 1)
					}
					said := func(times int) {
						t.Helper()
						if n := log.count("a row cannot be rendered"); n != times {
							t.Errorf("said %d times, want %d: %s", n, times, log.lines.String())
						}
					}
					a, was := sees(t, k, q)
					b, _ := sees(t, k, q)
					if want := `<li id="row-1">a</li>` + placeholder2 + `<li id="row-3">a</li>`; was != want {
						t.Errorf("the page shows %s, want %s", was, want)
					}
					for _, word := range []string{"fragment=rows", "key=2", "title"} {
						if bad != "markup" && word == "title" {
							word = "no <such> thing"
						}
						if log.count(word) == 0 {
							t.Errorf("the log does not say %s: %s", word, log.lines.String())
						}
					}
					if bad == "panic" && log.count("failed_rows_test.go") == 0 {
						t.Errorf("the log does not say where: %s", log.lines.String())
					}
					said(1)
					for _, step := range []struct {
						now  row
						want string
						said int
					}{
						{row{3, "b"}, `<li hx-swap-oob="true" id="row-3">b</li>`, 1},
						{row{2, "good"}, `<li hx-swap-oob="true" id="row-2">good</li>`, 1},
						{row{2, bad}, strings.Replace(placeholder2, "<li", `<li hx-swap-oob="true"`, 1), 2},
						{row{1, "b"}, `<li hx-swap-oob="true" id="row-1">b</li>`, 2},
					} {
						tb.put(step.now)
						publish(t, k, "rows")
						if got := sent(t, a, b); got != step.want {
							t.Errorf("%v is sent as %s, want %s", step.now, got, step.want)
						}
						said(step.said)
					}
				})
			})
		}
	}
}

// What failed is tried again by the next refetch, though the row is what it was.
func TestABadRowIsTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		tb.put(row{2, "shaky"})
		var broken box[bool]
		broken.set(true)
		q := tb.list()
		q.Fragments = []fragment.Fragment{fragile(&broken)}
		s, was := sees(t, k, q)
		if !strings.Contains(was, placeholder2) {
			t.Fatalf("the page shows %s", was)
		}
		publish(t, k, "rows")
		if got := sent(t, s); got != "" {
			t.Errorf("nothing changed, and %s was sent", got)
		}
		broken.set(false)
		publish(t, k, "rows")
		if got, want := sent(t, s), `<li hx-swap-oob="true" id="row-2">shaky</li>`; got != want {
			t.Errorf("sent %s, want %s", got, want)
		}
	})
}

// In development the placeholder says why, as text.
func TestABadRowSaysWhyInDevelopment(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		k.ShowRowErrors()
		tb.put(row{2, "error"})
		q := tb.list()
		q.Fragments = []fragment.Fragment{fragile(nil)}
		_, was := sees(t, k, q)
		if want := `<li id="row-2" data-live="failed">This entry cannot be shown: no &lt;such&gt; thing</li>`; !strings.Contains(was, want) {
			t.Errorf("the page shows %s", was)
		}
	})
}

// A composed list goes on as well, and is not logged again before it has been good.
func TestABadRowOfAComposedListStopsNoOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		k, tb := node(t, live.Config{Logger: log.logger()}), newTable(1, 2)
		tb.put(row{2, "error"})
		s := connect(t, k)
		defer s.Close()
		q := tb.list()
		q.Fragments = nil
		if err := errors.Join(keepRows(s.Socket(), q), s.Socket().Compose(fragile(nil), "rows")); err != nil {
			t.Fatal(err)
		}
		renderings, err := s.Render()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(renderings[0].Inline()), `<li id="row-1">a</li>`+placeholder2; got != want {
			t.Errorf("the page shows %s, want %s", got, want)
		}
		s.Start()
		for i, name := range []string{"error", "good", "error"} {
			tb.put(row{2, name}, row{1, fmt.Sprint(i)})
			publish(t, k, "rows")
			if got := sent(t, s); !strings.Contains(got, fmt.Sprintf(`id="row-1">%d</li>`, i)) {
				t.Errorf("after %s the page is sent %s", name, got)
			}
		}
		if n := log.count("a row cannot be rendered"); n != 2 {
			t.Errorf("said %d times, want 2: %s", n, log.lines.String())
		}
	})
}

// A list with more bad rows than are remembered does not flood the log, however often it changes. A minute later the others are logged.
func TestManyBadRowsDoNotFloodTheLog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		k, tb := node(t, live.Config{Logger: log.logger()}), newTable()
		for id := range 1500 {
			tb.put(row{id, "error"})
		}
		tb.put(row{1500, "a"})
		q := tb.list()
		q.Fragments = []fragment.Fragment{fragile(nil)}
		s, _ := sees(t, k, q)
		said := func(times int) {
			t.Helper()
			if n := log.count("a row cannot be rendered"); n != times {
				t.Errorf("said %d times, want %d", n, times)
			}
		}
		said(1000)
		for i := range 3 {
			tb.put(row{1500, fmt.Sprint(i)})
			publish(t, k, "rows")
			if got := sent(t, s); !strings.Contains(got, fmt.Sprintf(`id="row-1500">%d</li>`, i)) {
				t.Errorf("the page is sent %s", got)
			}
		}
		said(1000)
		time.Sleep(time.Minute)
		publish(t, k, "rows")
		sent(t, s)
		said(1500)
	})
}
