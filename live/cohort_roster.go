package live

// roster holds the subscribers of a cohort, in the order in which they came. Pages that came one after the other were
// made one after the other, and what belongs to them lies side by side: a broadcast to ten thousand pages takes a third
// longer in any other order.
type roster struct {
	places []*subscriber // nil: has left
	gaps   int
}

// add is idempotent.
func (r *roster) add(v *subscriber) {
	if v.place == 0 {
		r.places = append(r.places, v)
		v.place = len(r.places)
	}
}

func (r *roster) remove(v *subscriber) {
	if v.place == 0 {
		return
	}
	r.places[v.place-1] = nil
	v.place = 0
	if r.gaps++; r.gaps > len(r.places)/2 {
		r.compact()
	}
}

func (r *roster) compact() {
	left := make([]*subscriber, 0, len(r.places)-r.gaps)
	for _, v := range r.places {
		if v != nil {
			left = append(left, v)
			v.place = len(left)
		}
	}
	r.places, r.gaps = left, 0
}
