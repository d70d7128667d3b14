package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// limited is the number, whose fetch reads those rows of "tickets" for which the conditions hold.
func (s *source) limited(columnsAndValues ...any) live.Query[int] {
	q := s.reading()
	q.Fetch = func(ctx context.Context) (int, error) {
		ctx = where(ctx, columnsAndValues)
		live.Reads(ctx, live.Narrow("db/tickets", live.Conditions(ctx, "tickets", "public.tickets")))
		return s.fetch(ctx)
	}
	return q
}

func where(ctx context.Context, columnsAndValues []any) context.Context {
	if len(columnsAndValues) == 0 {
		return ctx
	}
	return where(live.Where(ctx, "Tickets", columnsAndValues[0].(string), columnsAndValues[1]), columnsAndValues[2:])
}

// values are columns and their values in turn.
func values(columnsAndValues ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i < len(columnsAndValues); i += 2 {
		m[columnsAndValues[i].(string)] = columnsAndValues[i+1]
	}
	return m
}

func TestAChangeReachesTheQueriesThatItCanConcern(t *testing.T) {
	none := map[string]any(nil)
	for name, c := range map[string]struct {
		where    []any
		old, now map[string]any
		want     bool
	}{
		"inserted into it":                  {[]any{"team", 3}, none, values("team", int64(3)), true},
		"inserted elsewhere":                {[]any{"team", 3}, none, values("team", int64(4)), false},
		"deleted from it":                   {[]any{"team", 3}, values("team", int64(3)), none, true},
		"deleted elsewhere":                 {[]any{"team", 3}, values("team", int64(4)), none, false},
		"changed in it":                     {[]any{"team", 3}, values("team", int64(3)), values("team", int64(3)), true},
		"leaves it":                         {[]any{"team", 3}, values("team", int64(3)), values("team", int64(4)), true},
		"enters it":                         {[]any{"team", 3}, values("team", int64(4)), values("team", int64(3)), true},
		"is not known before":               {[]any{"team", 3}, values(), values("team", int64(4)), true},
		"is not known":                      {[]any{"team", 3}, none, none, true},
		"another column is known":           {[]any{"team", 3}, none, values("state", "open"), true},
		"cannot be compared":                {[]any{"team", 3}, none, values("team", []byte("4")), true},
		"is too long to be told":            {[]any{"team", 3}, none, values("team", strings.Repeat("4", 100)), true},
		"one of several values":             {[]any{"team", []int{1, 3}}, none, values("team", "3"), true},
		"none of several values":            {[]any{"team", []int{1, 3}}, none, values("team", "2"), false},
		"no value at all":                   {[]any{"team", []int{}}, none, values("team", "2"), false},
		"both conditions":                   {[]any{"team", 3, "state", "open"}, none, values("team", "3", "state", "OPEN"), true},
		"one condition":                     {[]any{"team", 3, "state", "open"}, none, values("team", "3", "state", "done"), false},
		"one is not known":                  {[]any{"team", 3, "state", "open"}, none, values("team", "3"), true},
		"the other is not known":            {[]any{"team", 3, "state", "open"}, none, values("team", "4"), false},
		"each holds for one half":           {[]any{"team", 3, "state", "open"}, values("team", "3", "state", "done"), values("team", "4", "state", "open"), false},
		"two conditions of a column":        {[]any{"team", []int{1, 3}, "team", []int{3, 4}}, none, values("team", "3"), true},
		"one of two conditions":             {[]any{"team", []int{1, 3}, "team", []int{3, 4}}, none, values("team", "1"), false},
		"conditions that exclude another":   {[]any{"team", 1, "team", 3}, none, values("team", "1"), false},
		"NULL":                              {[]any{"owner", nil}, none, values("owner", nil), true},
		"not NULL":                          {[]any{"owner", nil}, none, values("owner", "5"), false},
		"true":                              {[]any{"urgent", true}, none, values("urgent", "t"), true},
		"a number as text":                  {[]any{"team", "03"}, none, values("team", 3.0), true},
		"an amount":                         {[]any{"price", "1.50"}, none, values("price", 1.5), true},
		"a text":                            {[]any{"name", "a&b=c?d "}, none, values("name", "A&b=c?d"), true},
		"another text":                      {[]any{"name", "a&b=c?d"}, none, values("name", "a"), false},
		"a UUID in another spelling":        {[]any{"id", "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}"}, none, values("id", "a0eebc999c0b4ef8bb6d6bb9bd380a11"), true},
		"another UUID":                      {[]any{"id", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12"}, none, values("id", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), false},
		"yes":                               {[]any{"urgent", "yes"}, none, values("urgent", "true"), true},
		"a great number":                    {[]any{"n", uint64(9223372036854775809)}, none, values("n", "9223372036854775809"), true},
		"a long text":                       {[]any{"name", strings.Repeat("x", 100)}, none, values("name", "y"), true},
		"states of a small type":            {[]any{"state", []state{1, 2}}, none, values("state", 2), true},
		"a column in upper case":            {[]any{"TEAM", 3}, none, values("team", 3), true},
		"more values than a topic can name": {[]any{"team", slices.Collect(many(2000))}, none, values("team", -1), true},
		"too many combinations":             {[]any{"team", slices.Collect(many(20)), "state", slices.Collect(many(20))}, none, values("team", -1, "state", -1), true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, over := range []string{"this node", "another node"} {
				bubble(t, func(t *testing.T) {
					var bus livetest.Bus
					k, other := node(t, live.Config{Broker: bus.Node()}), node(t, live.Config{Broker: bus.Node()})
					s := newSource(0)
					open(t, k, s.limited(c.where...))
					before := s.count()
					if over == "another node" {
						k = other
					}
					if err := k.PublishChanges(t.Context(), []live.Change{{Topic: "db/tickets", Table: "tickets", Key: "1", Old: c.old, New: c.now}}); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					if got := s.count() - before; got != map[bool]int{true: 1}[c.want] {
						t.Errorf("%s: %d fetches, want %v", over, got, c.want)
					}
					if err := k.Publish(t.Context(), "db/tickets"); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					if s.count() == before {
						t.Errorf("%s: a change of which nothing is known fetched nothing", over)
					}
				})
			}
		})
	}
}

type state uint8

func many(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// All changes of a commit, and its topics, are one mark.
func TestTheChangesOfACommitAreOneFetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.limited("team", 3)
		fetch := q.Fetch
		q.Fetch = func(ctx context.Context) (int, error) {
			live.Reads(ctx, "db/tickets", "db/tickets?state=open", "db/*")
			return fetch(ctx)
		}
		open(t, k, q)
		before := s.count()
		changes := make([]live.Change, 50)
		for i := range changes {
			changes[i] = live.Change{Topic: "db/tickets", Table: "tickets", Key: fmt.Sprint(i), New: values("team", 3, "state", "open")}
		}
		if err := k.PublishChanges(t.Context(), changes, "db/*"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := s.count() - before; got != 1 {
			t.Errorf("%d fetches, want 1", got)
		}
	})
}

// What is no longer followed is no longer found.
func TestNarrowedTopicsAreLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		first, second := open(t, k, s.limited("team", 3)), open(t, k, s.limited("team", 3))
		if !k.Follows("db/tickets") || !k.Follows("db/tickets?team=3") {
			t.Error("not followed")
		}
		first.Close()
		if !k.Follows("db/tickets") {
			t.Error("left by both")
		}
		second.Close()
		synctest.Wait()
		if k.Follows("db/tickets") || k.Follows("db/tickets?team=3") {
			t.Error("still followed")
		}
	})
}

// A hook hears the narrowed topic, which its assigns follow.
func TestAHookHearsOfChanges(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		var heard box[string]
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			socket.OnNotification(func(_ context.Context, topic string, assigns []string) []string {
				heard.set(fmt.Sprint(topic, assigns))
				return assigns
			})
			return keeping(s.limited("team", 3))(socket)
		})
		synctest.Wait()
		s.set(5)
		if err := k.PublishChanges(t.Context(), []live.Change{{Topic: "db/tickets", Table: "tickets", New: values("team", 3)}}); err != nil {
			t.Fatal(err)
		}
		shows(t, p, "n", "5")
		if got := heard.get(); got != "db/tickets?team=3[n]" {
			t.Errorf("heard %q", got)
		}
	})
}

func TestWhereRefusesWhatCannotBeCompared(t *testing.T) {
	for _, value := range []any{time.Now(), []byte("x"), struct{}{}} {
		bubble(t, func(t *testing.T) {
			k, s := node(t, live.Config{}), newSource(0)
			q := s.limited("team", value)
			q.Fragments = nil
			livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
				_, err := live.Keep(socket, "n", q)
				if err == nil || !strings.Contains(err.Error(), `Where("Tickets", "team")`) {
					t.Errorf("%T: %v", value, err)
				}
				return nil
			})
		})
	}
	if got := live.Conditions(live.Where(t.Context(), "t", "c", time.Now()), "t"); got != nil {
		t.Errorf("outside of a fetch: %v", got)
	}
}

func TestAConditionHolds(t *testing.T) {
	c := live.Conditions(live.Where(t.Context(), "T", "C", 3, "Open", nil), "t")[0]
	for _, value := range []any{int64(3), "3", 3.0, "open", "OPEN ", nil, []byte("?"), time.Now()} {
		if !c.Holds(value) {
			t.Errorf("does not hold for %v (%T)", value, value)
		}
	}
	for _, value := range []any{int64(4), "closed", true, 3.5} {
		if c.Holds(value) {
			t.Errorf("holds for %v (%T)", value, value)
		}
	}
}

func TestPublishChangesRefusesWrongTopics(t *testing.T) {
	k := node(t, live.Config{Logger: slog.New(slog.DiscardHandler)})
	for _, topic := range []string{"", "htmxlive.resync", strings.Repeat("x", live.MaxTopic+1)} {
		if k.PublishChanges(t.Context(), []live.Change{{Topic: topic}}) == nil || k.PublishChanges(t.Context(), nil, topic) == nil {
			t.Errorf("%.20q was taken", topic)
		}
	}
}
