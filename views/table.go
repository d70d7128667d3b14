package views

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// digestSize is that of a row's digest, which identifies how the row looks: the first bytes of the SHA-256 of its HTML. It
// is the same in every process, and nobody can write two texts that share it within the life of a page.
const digestSize = 8

// The kinds of what Rows render: rows, one piece of HTML instead of rows, and either without its HTML.
const (
	kindRows = iota + 1
	kindPlaceholder
	kindRowsOnly
	kindPlaceholderOnly
)

// encodeRow makes what is remembered of a row: its head, by which it is compared, and its HTML.
//
//	wrapper, digest           1 and 8 bytes
//	key                       uvarint length, bytes: the row's id without the prefix
//	HTML                      to the end; none when compact
func encodeRow(within wrapper, key string, html []byte) []byte {
	sum := sha256.Sum256(html)
	b := make([]byte, 0, 1+digestSize+binary.MaxVarintLen32+len(key)+len(html))
	b = append(append(b, byte(within)), sum[:digestSize]...)
	b = append(binary.AppendUvarint(b, uint64(len(key))), key...)
	return append(b, html...)
}

// row is a row of a table, decoded.
type row struct {
	within wrapper
	digest [digestSize]byte
	key    string
	head   []byte
	html   []byte // empty when compact

	failed bool   // it cannot be rendered, and html is the text that its placeholder shows of the error
	tag    string // of a failed row: the tag that it began with; empty if that is not known
}

// decodeRow is the inverse of encodeRow. ok is false for bytes that encodeRow did not make.
func decodeRow(b []byte) (r row, ok bool) {
	const fixed = 1 + digestSize
	failed := len(b) > 0 && b[0] == byte(failedMark)
	if len(b) <= fixed || b[0] == 0 || b[0] >= byte(wrappers) && !failed {
		return r, false
	}
	size, n := binary.Uvarint(b[fixed:])
	if n <= 0 || size > uint64(len(b)-fixed-n) {
		return r, false
	}
	end := fixed + n + int(size)
	r = row{within: wrapper(b[0]), digest: [digestSize]byte(b[1:fixed]), key: string(b[fixed+n : end]), head: b[:end], html: b[end:], failed: failed}
	if ok = true; failed {
		r.tag, r.html, ok = decodeFailed(r.html)
	}
	return r, ok
}

// failedMark stands in the place of the wrapper of a row that cannot be rendered. It becomes part of no table.
const failedMark wrapper = 0xff

// encodeTable makes what Rows render of encoded rows, those without bytes left out.
//
//	kind                      a byte
//	count                     uvarint; 1 for a placeholder
//	per row                   uvarint length, encoded row
//
// It sets the rows to the parts of the table that are equal to them.
func encodeTable(kind byte, rows [][]byte) []byte {
	count, size := 0, 1+binary.MaxVarintLen32
	for _, r := range rows {
		if len(r) > 0 {
			count++
			size += binary.MaxVarintLen32 + len(r)
		}
	}
	b := append(make([]byte, 0, size), kind)
	b = binary.AppendUvarint(b, uint64(count))
	for i, r := range rows {
		if len(r) == 0 {
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(r)))
		start := len(b)
		b = append(b, r...)
		rows[i] = b[start:len(b):len(b)]
	}
	return b
}

// table is what Rows render, decoded.
type table struct {
	placeholder bool // one piece of HTML stands instead of rows
	compact     bool
	rows        []row // at least one
	size        int   // bytes of HTML
}

// decodeTable is the inverse of encodeTable. It returns nil for bytes that encodeTable did not make, so that a browser of
// which it is not known what it shows is sent everything.
func decodeTable(b []byte) *table {
	if len(b) == 0 || b[0] < kindRows || b[0] > kindPlaceholderOnly {
		return nil
	}
	t := &table{placeholder: b[0] == kindPlaceholder || b[0] == kindPlaceholderOnly, compact: b[0] >= kindRowsOnly}
	count, n := binary.Uvarint(b[1:])
	if n <= 0 || count == 0 || count > uint64(len(b)) || count > 1 && t.placeholder {
		return nil
	}
	t.rows = make([]row, 0, count)
	for b = b[1+n:]; len(b) > 0; {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return nil
		}
		end := n + int(size)
		r, ok := decodeRow(b[n:end])
		if !ok || r.failed || t.compact && len(r.html) > 0 {
			return nil
		}
		t.rows = append(t.rows, r)
		t.size += len(r.html)
		b = b[end:]
	}
	if uint64(len(t.rows)) != count {
		return nil
	}
	return t
}

// looksLike reports whether two tables, either of which may be compact, show the same.
func (t *table) looksLike(other *table) bool {
	return t.placeholder == other.placeholder && slices.EqualFunc(t.rows, other.rows, func(a, b row) bool {
		return a.key == b.key && a.digest == b.digest
	})
}
