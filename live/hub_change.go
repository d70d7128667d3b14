package live

import "context"

// A Change is what a commit did to one row of a table: a fact that lets queries skip what cannot concern them. It is never
// shown. What is not known of it may be left out, and then counts as whatever it could be.
type Change struct {
	Topic string // what the table is followed by
	Table string // its name in lower case, with its schema where it needs one
	Key   string // of the row, as text: that of its primary key, where that is one column; "" is not known

	// The values of columns, by their names in lower case, before and after: of the types that a driver of a database has,
	// nil for NULL. A column that is missing may have had any value. Old is nil where there was no row before (an insert),
	// New is nil where there is none after (a delete).
	Old, New map[string]any
}

// PublishChanges is [Keeper.Publish] for changes of which more is known than their topics. Changes of one commit belong into
// one call. Where a commit has changed more rows than is worth to tell, publish the topic instead.
func (k *Keeper) PublishChanges(ctx context.Context, changes ...Change) error {
	topics := make([]string, 0, 1)
	for _, c := range changes {
		if len(topics) == 0 || topics[len(topics)-1] != c.Topic {
			topics = append(topics, c.Topic)
		}
	}
	return k.Publish(ctx, topics...)
}
