package live

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestFramesCarryTopicsAsTheyAre(t *testing.T) {
	long := strings.Repeat("<", MaxTopic) // six bytes each in JSON
	many := make([]string, 5000)
	for i := range many {
		many[i] = fmt.Sprint("ticket ", i)
	}
	for name, topics := range map[string][]string{
		"one":         {"tickets"},
		"two":         {"tickets", "ticket 7"},
		"any text":    {"\"{}\\", "ü\u2028", "\x00", "line\nbreak"},
		"no text":     {"\xff\xfe", "a\xc3", "tickets"},
		"the longest": {long, long, long},
		"many":        many,
	} {
		t.Run(name, func(t *testing.T) {
			var heard []string
			for _, b := range encodeFrames("here", topics) {
				b = numbered(b, math.MaxUint64)
				if len(b) > MaxFrame {
					t.Errorf("a frame of %d bytes", len(b))
				}
				if own := decodeFrame("here", b); own.topics != nil || own.counts {
					t.Errorf("a node hears itself: %q", own.topics)
				}
				f := decodeFrame("there", b)
				heard = append(heard, f.topics...)
				if f.from != "here" || f.number != math.MaxUint64 || !f.counts {
					t.Errorf("number %d of %q", f.number, f.from)
				}
			}
			slices.Sort(heard)
			want := slices.Sorted(slices.Values(topics))
			if !slices.Equal(heard, want) {
				t.Errorf("heard %.100q, want %.100q", heard, want)
			}
		})
	}
}

func TestWhatIsNoFrameOfThisVersion(t *testing.T) {
	for frame, want := range map[string]string{
		"":                                     resync,
		`{"v":2,"from":"x","facts":[]}`:        resync,
		`{"v":2,"topics":[{"t":"a","n":1}]}`:   resync,
		`{"v":2,"topics":{"a":1}}`:             resync,
		`{"v":2,"from":17}`:                    resync,
		`{"v":"2"}`:                            resync,
		`{"v":1,"topics":17}`:                  resync, // of this version, and damaged
		`{"v":2,"from":"here","topics":["a"]}`: resync, // that version may mean something else by it
		"tickets":                              "tickets",
		`{"team": 3}`:                          `{"team": 3}`, // of a trigger
		`{"v":1`:                               `{"v":1`,
		"\xff":                                 "\xff",
	} {
		if got := decodeFrame("here", []byte(frame)).topics; len(got) != 1 || got[0] != want {
			t.Errorf("%q is heard as %q, want %q", frame, got, want)
		}
	}
}

func FuzzDecodeFrame(f *testing.F) {
	f.Add([]byte(`{"v":1,"from":"there","topics":["a"]}`))
	f.Add([]byte(`{"v":1,"from":"there","topics":["a","b"],"changes":[{"t":"a","n":"a","k":"1","o":{"x":1e400},"w":{"x":null,"y":[1]}}]}`))
	f.Add([]byte(`{"seq":7,"v":1,"from":"there","topics":["a"]}`))
	f.Add([]byte(`{"v":1,"from":"there","topics":null,"last":7,"bye":true}`))
	f.Add([]byte("tickets"))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		heard := decodeFrame("here", b)
		topics := heard.topics
		for _, c := range heard.changes {
			topics = append(topics, c.topic)
		}
		for _, topic := range topics {
			if len(topic) > len(b) {
				t.Errorf("a topic of %d bytes in a frame of %d", len(topic), len(b))
			}
		}
		if !bytes.Equal(b, before) {
			t.Error("the frame was changed")
		}
	})
}

func TestAHeartbeatIsHeardAndHasNoTopics(t *testing.T) {
	for _, farewell := range []bool{false, true} {
		b := encodeHeartbeat("here", heartbeat{farewell: farewell})
		if f := decodeFrame("there", b); f.from != "here" || !f.counts || f.number != 0 || f.last != 0 || f.farewell != farewell || len(f.topics) > 0 {
			t.Errorf("%s is heard as %+v", b, f)
		}
		if f := decodeFrame("there", encodeHeartbeat("here", heartbeat{last: 7, farewell: farewell})); f.last != 7 || !f.counts {
			t.Errorf("heard as %+v", f)
		}
		if f := decodeFrame("here", b); f.counts {
			t.Error("a node hears its own heartbeat")
		}
	}
	f := decodeFrame("there", encodeHeartbeat("here", heartbeat{silent: map[string]int64{"there": 7, "elsewhere": 8}}))
	if len(f.silent) != 1 || f.silent["elsewhere"] != 8 {
		t.Errorf("silent: %v", f.silent)
	}
	if f := decodeFrame("there", encodeFrame("here", []string{"a"})); f.counts {
		t.Error("the frame of a node that knows no numbers counts")
	}
}
