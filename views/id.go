package views

import (
	"fmt"
	"strings"
)

// validID tells whether id may be the id of an element: letters, digits, - and _, with a letter in front. htmx 1.9 and
// 2 build selectors of ids, and a selector that does not parse loses the message or disconnects the stream.
func validID(id string) bool {
	if id == "" || !isLetter(id[0]) {
		return false
	}
	for i := range len(id) {
		if !isIDByte(id[i]) {
			return false
		}
	}
	return true
}

func mustID(kind, id string) {
	if !validID(id) {
		panic(fmt.Sprintf("views: %s: the id %q is not letters, digits, - and _ after a letter", kind, id))
	}
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isIDByte(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' || c == '-' || c == '_' }

// RowID is the id of the row with that key: the prefix and the key. Letters, digits, - and _ stand for themselves, any
// other byte is written _x and two hexadecimal digits, and so is an underscore that is followed by an x: different
// keys have different ids, and numbers and UUIDs stay as they are. Templates whose keys are of another kind call it,
// with template.FuncMap{"rowID": views.RowID}.
func RowID(prefix, key string) string {
	if simpleKey(key) {
		return prefix + key
	}
	var b strings.Builder
	b.WriteString(prefix)
	for i := range len(key) {
		if c := key[i]; isIDByte(c) && !opensEscape(key, i) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_x%02x", c)
		}
	}
	return b.String()
}

func simpleKey(key string) bool {
	for i := range len(key) {
		if !isIDByte(key[i]) || opensEscape(key, i) {
			return false
		}
	}
	return true
}

// opensEscape tells whether the byte at i, unescaped, would read as the beginning of an escape.
func opensEscape(key string, i int) bool {
	return key[i] == '_' && i+1 < len(key) && key[i+1] == 'x'
}
