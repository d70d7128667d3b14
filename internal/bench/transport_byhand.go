package main

import (
	"context"
	"errors"
	"strings"
)

// byHand is the plain loop with what any page must do that shows a row of a database: the change is committed, the row is read
// by its key, and its template runs. It follows nothing and compares nothing: it knows which row has changed.
type byHand struct {
	*plain

	data *tickets
}

func newByHand(s Sample, rowBytes int) (*byHand, error) {
	data, err := openTickets(context.Background(), bareSQLite, rowBytes, 1)
	if err != nil {
		return nil, err
	}
	return &byHand{&plain{prepared: newPrepared(s)}, data}, nil
}

func (b *byHand) publish(seq int) error {
	ctx := context.Background()
	if err := b.data.change(ctx, changedRow, seq); err != nil {
		return err
	}
	rows, err := b.data.ofKeys(ctx, 1, []int64{changedRow})
	if err != nil || len(rows) != 1 {
		return errors.Join(err, errors.New("the changed row is not there"))
	}
	var html strings.Builder
	if err := page.ExecuteTemplate(&html, "row", rows[0]); err != nil {
		return err
	}
	shown, ok := seqOf([]byte(html.String()))
	if !ok {
		return errors.New("the row shows no change")
	}
	return b.plain.publish(shown)
}

func (b *byHand) close() { b.data.close() }
