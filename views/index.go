package views

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// digest tells two renderings of a row apart: the first 8 bytes of the SHA-256 of its HTML. It is the same in every
// process, and nobody can write two texts that share it within the life of a page.
type digest [8]byte

func digestOf(html []byte) digest {
	sum := sha256.Sum256(html)
	return digest(sum[:8])
}

// The kinds of what Rows render: rows, one piece of HTML instead of rows, and either without its HTML.
const (
	kindRows = iota + 1
	kindPiece
	kindRowsOnly
	kindPieceOnly
)

// table is what Rows render, decoded: an index, then the HTML of all rows one after the other. On the wire:
//
//	kind, wrapping            a byte each
//	count                     uvarint; 1 for a piece
//	per row: id               uvarint length, bytes (without the prefix; empty for a piece)
//	         HTML             uvarint length, digest
//	HTML                      to the end; none in a compact table
type table struct {
	kind byte
	wrap wrapping
	rows []row
	html []byte // of all rows; nil when compact
}

// row is a row of a table: the key part of its id, where its HTML is, and the digest of it.
type row struct {
	key        string
	start, end int
	digest     digest
}

func (t *table) piece() bool { return t.kind == kindPiece || t.kind == kindPieceOnly }

func (t *table) compact() bool { return t.kind == kindRowsOnly || t.kind == kindPieceOnly }

// agree makes sure that all rows travel in the same surroundings.
func (t *table) agree(w wrapping, id string) error {
	if t.wrap != wrapDerived && t.wrap != w {
		return fmt.Errorf("views: the tag of #%s cannot stand beside the rows before it", id)
	}
	t.wrap = w
	return nil
}

func (t *table) htmlOf(r row) []byte { return t.html[r.start:r.end] }

// add appends a row whose HTML is known to be checked.
func (t *table) add(key string, d digest, html []byte) {
	start := len(t.html)
	t.html = append(t.html, html...)
	t.rows = append(t.rows, row{key: key, start: start, end: len(t.html), digest: d})
}

func (t *table) encode(compact bool) []byte {
	kind := t.kind
	size := 2 + binary.MaxVarintLen32
	for _, r := range t.rows {
		size += len(r.key) + len(r.digest) + 2*binary.MaxVarintLen32
	}
	if compact {
		kind = map[byte]byte{kindRows: kindRowsOnly, kindPiece: kindPieceOnly}[kind]
	} else {
		size += len(t.html)
	}
	b := append(make([]byte, 0, size), kind, byte(t.wrap))
	b = binary.AppendUvarint(b, uint64(len(t.rows)))
	for _, r := range t.rows {
		b = binary.AppendUvarint(b, uint64(len(r.key)))
		b = append(b, r.key...)
		b = binary.AppendUvarint(b, uint64(r.end-r.start))
		b = append(b, r.digest[:]...)
	}
	if compact {
		return b
	}
	return append(b, t.html...)
}

// decodeTable is the inverse of encode. It returns nil for bytes that encode did not make, so that a browser of
// which nobody knows what it shows is sent everything.
func decodeTable(b []byte) *table {
	if len(b) < 3 || b[0] < kindRows || b[0] > kindPieceOnly || b[1] == 0 || b[1] >= byte(wraps) {
		return nil
	}
	t := &table{kind: b[0], wrap: wrapping(b[1])}
	compact := t.compact()
	r := indexReader{b: b[2:]}
	count := r.number()
	if t.piece() && count != 1 {
		return nil
	}
	t.rows = make([]row, 0, min(count, len(b)/10))
	at := 0
	for range count {
		key := r.take(r.number())
		size := r.number()
		d := r.take(len(digest{}))
		if r.bad {
			return nil
		}
		t.rows = append(t.rows, row{key: string(key), start: at, end: at + size, digest: digest(d)})
		at += size
	}
	if r.bad || !compact && at != len(r.b) || compact && len(r.b) > 0 {
		return nil
	}
	if !compact {
		t.html = r.b
	}
	return t
}

// indexReader reads what encode wrote; after the first mistake it is bad and stays so.
type indexReader struct {
	b   []byte
	bad bool
}

// maxNumber bounds lengths and counts, so that sums of them cannot overflow.
const maxNumber = 1 << 30

func (r *indexReader) number() int {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > maxNumber {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return int(n)
}

func (r *indexReader) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

// sameTable tells whether two encoded tables show the same, either of which may be compact.
func sameTable(a, b *table) bool {
	if a.piece() != b.piece() || len(a.rows) != len(b.rows) {
		return false
	}
	for i := range a.rows {
		if a.rows[i].key != b.rows[i].key || a.rows[i].digest != b.rows[i].digest {
			return false
		}
	}
	return true
}
