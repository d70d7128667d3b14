package main

import (
	"bytes"
	"fmt"
	"strconv"
)

// Each event says which change it shows in an attribute of fixed width: seqMark, seqDigits digits and a quote.
const (
	seqMark   = `data-seq="`
	seqDigits = 9
)

// seqOf is the newest change that an event shows; false if it shows none.
func seqOf(event []byte) (seq int, ok bool) {
	i := bytes.LastIndex(event, []byte(seqMark))
	if i < 0 {
		return 0, false
	}
	digits := event[i+len(seqMark):]
	if len(digits) < seqDigits {
		return 0, false
	}
	seq, err := strconv.Atoi(string(digits[:seqDigits]))
	return seq, err == nil
}

// Sample is an event as a stream of the whole stack was sent it, without the empty line that ends it.
type Sample []byte

// with is the sample for another change, a copy of its own.
func (s Sample) with(seq int) []byte {
	event := bytes.Clone(s)
	i := bytes.LastIndex(event, []byte(seqMark)) + len(seqMark)
	copy(event[i:], fmt.Sprintf("%0*d", seqDigits, seq))
	return event
}

// id is the value of the event's id line.
func (s Sample) id() string { return string(s.field("id: ")) }

// data is the event's one data line.
func (s Sample) data(seq int) []byte { return Sample(s.with(seq)).field("data: ") }

func (s Sample) field(name string) []byte {
	for line := range bytes.SplitSeq(s, []byte("\n")) {
		if value, ok := bytes.CutPrefix(line, []byte(name)); ok {
			return value
		}
	}
	return nil
}

// check refuses a sample that the transports could not all send alike.
func (s Sample) check() error {
	if _, ok := seqOf(s); !ok {
		return fmt.Errorf("the captured event shows no change: %q", s)
	}
	if n := bytes.Count(s, []byte("data: ")); n != 1 {
		return fmt.Errorf("the captured event has %d data lines, not one: %q", n, s)
	}
	return nil
}
