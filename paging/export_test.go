package paging

// EncodeCursor makes the cursor of a row and nothing else, to be measured.
func EncodeCursor[T any](o Options, row T, value func(T, string) any) (string, error) {
	e, err := boundaryOf(o, row, value)
	if err != nil {
		return "", err
	}
	return e.token, nil
}

// DecodeCursor reads a cursor and nothing else, to be measured and fuzzed.
func DecodeCursor(o Options, token string) ([]any, error) {
	e, err := o.open(token)
	if err != nil {
		return nil, err
	}
	return e.values, nil
}

// Window is the choice of page numbers, 0 for a gap.
func Window(current, last, around int) []int { return window(current, last, around) }

// SealRaw seals what no program of ours would write.
func SealRaw(o Options, content []byte, frame bool) string {
	if frame {
		digest := o.frameBinding()
		return o.config().Codec.seal(framePurpose, o.scope, append(digest[:], content...))
	}
	digest := o.binding()
	return o.config().Codec.seal(cursorPurpose, o.scope, append(digest[:], content...))
}

// Seal seals anything for any purpose and scope.
func Seal(c *Codec, purpose, scope string, plain []byte) string { return c.seal(purpose, scope, plain) }
