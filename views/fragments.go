package views

// Fragments makes the fragments of descriptions, for the field Fragments of a query. Like [New] it panics with a sentence
// when a description cannot work.
func Fragments(specs ...Spec) []Fragment {
	fragments := make([]Fragment, 0, len(specs))
	for _, spec := range specs {
		fragments = append(fragments, New(spec))
	}
	return fragments
}
