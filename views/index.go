package views

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
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

// piece is a row that is being rendered.
type piece struct {
	key    string // of its id, without the prefix
	digest digest
	html   []byte
}

// encode makes what Rows render of the rows: an index, then the HTML of all rows one after the other.
//
//	kind, wrapping            a byte each
//	count                     uvarint; 1 for a piece that stands instead of rows
//	per row: key              uvarint length, bytes
//	         HTML             uvarint length, digest
//	HTML                      to the end; none when compact
func encode(kind byte, wrap wrapping, pieces []piece) []byte {
	size := 2 + binary.MaxVarintLen32
	for _, p := range pieces {
		size += 2*binary.MaxVarintLen32 + len(p.key) + len(p.digest) + len(p.html)
	}
	b := append(make([]byte, 0, size), kind, byte(wrap))
	b = binary.AppendUvarint(b, uint64(len(pieces)))
	for _, p := range pieces {
		b = binary.AppendUvarint(b, uint64(len(p.key)))
		b = append(b, p.key...)
		b = binary.AppendUvarint(b, uint64(len(p.html)))
		b = append(b, p.digest[:]...)
	}
	for _, p := range pieces {
		b = append(b, p.html...)
	}
	return b
}

// compactTable is an encoded table without its HTML.
func compactTable(b []byte) []byte {
	t := decodeTable(b)
	if t == nil || t.compact() {
		return b
	}
	index := bytes.Clone(b[:len(b)-len(t.html)])
	index[0] += kindRowsOnly - kindRows
	return index
}

// table is what Rows render, decoded.
type table struct {
	kind byte
	wrap wrapping
	rows []row
	html []byte // of all rows; nil when compact
}

// row is a row of a table: its key, where its HTML is, and the digest of it.
type row struct {
	key        string
	start, end int
	digest     digest
}

func (t *table) piece() bool { return t.kind == kindPiece || t.kind == kindPieceOnly }

func (t *table) compact() bool { return t.kind == kindRowsOnly || t.kind == kindPieceOnly }

func (t *table) htmlOf(r row) []byte { return t.html[r.start:r.end] }

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
