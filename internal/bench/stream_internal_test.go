package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// body is events as a server writes them, in chunks of these sizes.
func body(events []string, sizes ...int) []byte {
	text := strings.Join(events, "")
	var b bytes.Buffer
	for i := 0; len(text) > 0; i++ {
		n := min(len(text), sizes[i%len(sizes)])
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, text[:n])
		text = text[n:]
	}
	return b.Bytes()
}

func showing(seq int) string {
	return fmt.Sprintf("id: x\ndata: <tr id=\"a\"><td>abcdef</td><td data-seq=\"%09d\"></td></tr>\n\n", seq)
}

func TestAStreamIsReadHoweverItIsCut(t *testing.T) {
	events := []string{":\n\n", "event: heartbeat\ndata: 1\n\n", "id: first\n\n", showing(1), showing(2), showing(4), "data: no change\n\n", showing(5)}
	for chunk := 1; chunk < 140; chunk += 3 {
		wire := body(events, chunk, 17)
		for read := 1; read < 140; read += 3 {
			r := newRecord(Schedule{Start: time.Now(), First: 1, Count: 5}, 1)
			s := &stream{record: r}
			for piece := range slices.Chunk(wire, read) {
				s.read(piece)
			}
			if got := r.seen(1); got.Missing != 0 || got.Events != 4 || s.seq != 5 || r.behind != 0 {
				t.Fatalf("chunks of %d and 17, reads of %d: %+v, newest %d", chunk, read, got, s.seq)
			}
		}
	}
}

func TestANewerChangeShowsTheOlderOnes(t *testing.T) {
	start := time.Now().Add(-time.Second)
	r := newRecord(Schedule{Start: start, Interval: 100 * time.Millisecond, First: 11, Count: 4}, 2)
	r.saw(10, 13, nil)
	got := r.seen(2)
	if got.Events != 1 || got.Missing != 5 || r.behind != 2 {
		t.Fatalf("one stream of two saw three changes of four in one event: %+v, %d behind", got, r.behind)
	}
	if spread := got.Max - r.latencies[0]; spread != 200*time.Millisecond {
		t.Errorf("the oldest of three changes waited %s longer than the newest, not 200ms", spread)
	}
	if got.Max < time.Second {
		t.Errorf("a change scheduled a second ago has a latency of %s", got.Max)
	}
	r.saw(13, 12, nil)
	r.saw(13, 13, nil)
	if again := r.seen(2); again.Missing != 5 {
		t.Errorf("a change that was seen before counts again: %+v", again)
	}
}

func TestASampleIsAnyChange(t *testing.T) {
	s := Sample(strings.TrimSuffix(showing(7), "\n\n"))
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	if got, want := string(s.with(123))+"\n\n", showing(123); got != want {
		t.Errorf("with(123) = %q, want %q", got, want)
	}
	if seq, ok := seqOf(s); !ok || seq != 7 {
		t.Errorf("making another changed the sample: %q", s)
	}
	if s.id() != "x" || !bytes.HasPrefix(s.data(9), []byte(`<tr id="a">`)) {
		t.Errorf("id %q, data %q", s.id(), s.data(9))
	}
	for _, bad := range []string{"id: x", "data: a\ndata: data-seq=\"000000001\"", `data: data-seq="1"`} {
		if Sample(bad).check() == nil {
			t.Errorf("%q passes as a sample", bad)
		}
	}
}
