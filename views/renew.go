package views

// renewal is what was rendered of a list before, where the list can tell which rows are the same. Nil is none.
type renewal struct {
	list  sameAssign
	table *table
	at    int // the row of the table at which the last search ended
}

func renewable(list listAssign, before []byte) *renewal {
	same, ok := list.(sameAssign)
	if !ok || before == nil {
		return nil
	}
	t := decodeTable(before)
	if t == nil || t.piece() || t.compact() {
		return nil
	}
	return &renewal{list: same, table: t}
}

// row is row i as it was rendered before, if it is the same.
func (r *renewal) row(i int, key string) (w wrapping, p piece, ok bool) {
	if r == nil || !r.list.Same(i) {
		return 0, piece{}, false
	}
	for range r.table.rows { // most rows stand where they stood, or one further
		if r.at == len(r.table.rows) {
			r.at = 0
		}
		was := r.table.rows[r.at]
		r.at++
		if was.key == key {
			return r.table.wrap, piece{key: key, digest: was.digest, html: r.table.htmlOf(was)}, true
		}
	}
	return 0, piece{}, false
}
