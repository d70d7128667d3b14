package store_test

import (
	"context"
	"testing"
	"time"
)

// Requests look up their session however many fetches run.
func TestALookupWaitsForNoFetch(t *testing.T) {
	onEach(t, 1, func(t *testing.T, d *desk) {
		for range d.fetches {
			d.HoldRead(t)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := d.Revocations().Lookup(ctx, "a"); err != nil {
			t.Error(err)
		}
	})
}
