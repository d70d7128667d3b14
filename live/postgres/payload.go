package postgres

import (
	"encoding/ascii85"
	"fmt"
	"strings"
	"unicode/utf8"
)

// PostgreSQL's own limits, in bytes.
const (
	maxPayload = 7999
	maxChannel = 63
)

// encoded begins a payload that is no text itself: what follows is Ascii85. No topic of the user's begins like it.
const encoded = "htmxlive.ascii85:"

// payload is the frame itself wherever a payload can be that, so that triggers and other programs need no encoding. Bytes
// that are no text, and a frame that looks as if it were encoded, take a quarter more: live.MaxFrame of them fit.
func payload(frame string) (string, error) {
	p := frame
	if !isText(frame) || strings.HasPrefix(frame, encoded) {
		b := make([]byte, len(encoded)+ascii85.MaxEncodedLen(len(frame)))
		n := copy(b, encoded)
		p = string(b[:n+ascii85.Encode(b[n:], []byte(frame))])
	}
	if len(p) > maxPayload {
		return "", fmt.Errorf("postgres: %d bytes, %.40q…: PostgreSQL carries at most %d, and less of what is no text", len(frame), frame, maxPayload)
	}
	return p, nil
}

// frameOf is what payload was made of. What is not payload's work is a frame as it is.
func frameOf(payload string) []byte {
	text, ok := strings.CutPrefix(payload, encoded)
	if !ok {
		return []byte(payload)
	}
	frame := make([]byte, len(text)*4) // one "z" is four zeros
	n, _, err := ascii85.Decode(frame, []byte(text), true)
	if err != nil {
		return []byte(payload)
	}
	return frame[:n]
}

// isText reports whether PostgreSQL takes s for text of a UTF8 database.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func checkChannel(name string) error {
	if name == "" || len(name) > maxChannel || !isText(name) {
		return fmt.Errorf("postgres: a channel is 1 to %d bytes of text, not %q", maxChannel, name)
	}
	return nil
}
