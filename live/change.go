package live

import (
	"reflect"
	"slices"
)

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

// change is a Change as the hub compares it.
type change struct {
	topic, table, key string
	old, now          rowTexts // nil: there is no such row
}

// rowTexts is the values of a row, each as valueText has it. A column that is missing may have any value. It is a slice: a row tells
// few columns.
type rowTexts []columnText

type columnText struct{ column, text string }

// of is the value of a column; false where that may be any.
func (r rowTexts) of(column string) (text string, known bool) {
	for i := range r {
		if r[i].column == column {
			return r[i].text, true
		}
	}
	return "", false
}

func changeOf(c Change) change {
	key, ok := foldText(c.Key)
	if !ok {
		key = ""
	}
	n := change{topic: c.Topic, table: c.Table, key: key, old: rowTextsOf(c.Old)}
	if n.now = n.old; reflect.ValueOf(c.Old).Pointer() != reflect.ValueOf(c.New).Pointer() {
		n.now = rowTextsOf(c.New)
	}
	if n.old == nil && n.now == nil {
		n.old, n.now = rowTexts{}, rowTexts{}
	}
	return n
}

func rowTextsOf(values map[string]any) rowTexts {
	if values == nil {
		return nil
	}
	texts := make(rowTexts, 0, len(values))
	for column, value := range values {
		if text, ok := valueText(value); ok {
			texts = append(texts, columnText{column, text})
		}
	}
	return texts
}

// topicsOfChanges is the topics of the changes, each once, in their order.
func topicsOfChanges(changes []change) (topics []string) {
	for _, c := range changes {
		if !slices.Contains(topics, c.topic) {
			topics = append(topics, c.topic)
		}
	}
	return topics
}
