package views

import (
	"fmt"
)

// validID reports whether id may be the id of an element: letters, digits, - and _, with a letter in front. htmx 1.9 and
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
