package paging

import (
	"net/url"
	"strings"
)

// ParseQuery is the parameters of a URL's raw query as browsers read it (URLSearchParams): pairs end at & alone, and a
// percent sign that begins no escape stands for itself. So nothing is malformed, and nothing is left out: net/url drops
// ?q=x;y and ?q=%zz, and a list would be shown without its filter. What Values.Encode writes reads back as it was; where
// url.ParseQuery has no error, the result is the same.
func ParseQuery(raw string) url.Values {
	q := url.Values{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = unescape(name)
		q[name] = append(q[name], unescape(value))
	}
	return q
}

// unescape decodes plus signs and the escapes that are some.
func unescape(s string) string {
	if !strings.ContainsAny(s, "+%") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(' ')
		case isEscape(s[i:]):
			b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// isEscape reports whether s begins with a percent sign and two hexadecimal digits.
func isEscape(s string) bool {
	return len(s) >= 3 && s[0] == '%' && isHex(s[1]) && isHex(s[2])
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}

// localPath is a reference to a path of the site it stands on, whatever the path holds: one slash in front, nothing that
// a browser takes for one behind it, and everything that may not stand in a path escaped. Escapes stay as they are. An
// empty path stays empty.
func localPath(path string) string {
	if path == "" {
		return ""
	}
	var b strings.Builder
	b.Grow(len(path) + 8)
	if path[0] != '/' {
		b.WriteByte('/')
	}
	for i := range len(path) {
		c := path[i]
		second := b.Len() == 1 // "//host" leads to another site
		if c == '/' && !second || inPath(c) || isEscape(path[i:]) {
			b.WriteByte(c)
			continue
		}
		const digits = "0123456789ABCDEF"
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return b.String()
}

// inPath reports whether RFC 3986 lets a byte other than a slash or a percent sign stand in a path as it is.
func inPath(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("-._~!$&'()*+,;=:@", c) >= 0
}
