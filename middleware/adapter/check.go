package adapter

import "github.com/htmxlive/htmxlive/live"

// mistakes is what a browser will not make of a rendered page what its author thinks, in sentences.
func mistakes(_ []byte, _ []*live.Rendering, _ string) []string {
	return nil
}
