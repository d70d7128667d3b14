package live

import (
	"net/url"
	"slices"
	"strings"
)

// narrowing finds, for a row of one topic, the narrowed topics of which the conditions hold for it. The number of other narrowed
// topics does not matter.
type narrowing map[string]*narrowedGroup // by the columns that the conditions are of, joined

// narrowedGroup holds the narrowed topics with conditions of the same columns.
type narrowedGroup struct {
	columns []string
	byTexts map[string][]*narrowed // by one text of each column, joined
	all     map[*narrowed]struct{}
}

// narrowed is one narrowed topic that is followed.
type narrowed struct {
	topic   string
	columns []string   // that its conditions are of, sorted
	texts   [][]string // that they allow, column by column
	set     *listenerSet
}

// combinationsMost is the most places in which one narrowed topic stands in the index. One that would stand in more is told
// of every change.
const combinationsMost = 256

// narrowedBase is what a narrowed topic was made of; false for any other topic.
func narrowedBase(topic string) (base string, is bool) {
	base, _, is = strings.Cut(topic, "?")
	return base, is && base != ""
}

// parseNarrowed reads a narrowed topic. A person may have written it.
func parseNarrowed(topic string, set *listenerSet) *narrowed {
	n := &narrowed{topic: topic, set: set}
	_, query, _ := strings.Cut(topic, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return n
	}
	combinations := 1
	for column, texts := range values {
		for i, text := range texts {
			folded, ok := foldText(text)
			if !ok {
				return &narrowed{topic: topic, set: set}
			}
			texts[i] = folded
		}
		slices.Sort(texts)
		values[column] = slices.Compact(texts)
		if combinations *= len(values[column]); combinations > combinationsMost {
			return &narrowed{topic: topic, set: set}
		}
		n.columns = append(n.columns, column)
	}
	slices.Sort(n.columns)
	for _, column := range n.columns {
		n.texts = append(n.texts, values[column])
	}
	return n
}

// combinations is the places of the topic in the index of its group.
func (n *narrowed) combinations() []string {
	all := []string{""}
	for _, texts := range n.texts {
		var longer []string
		for _, before := range all {
			for _, text := range texts {
				longer = append(longer, joined(before, text))
			}
		}
		all = longer
	}
	return all
}

func joined(before, text string) string { return before + text + "\x00" }

func (n narrowing) add(topic *narrowed) {
	name := strings.Join(topic.columns, "\x00")
	g := n[name]
	if g == nil {
		g = &narrowedGroup{columns: topic.columns, byTexts: map[string][]*narrowed{}, all: map[*narrowed]struct{}{}}
		n[name] = g
	}
	g.all[topic] = struct{}{}
	for _, texts := range topic.combinations() {
		g.byTexts[texts] = append(g.byTexts[texts], topic)
	}
}

func (n narrowing) remove(topic *narrowed) {
	name := strings.Join(topic.columns, "\x00")
	g := n[name]
	delete(g.all, topic)
	for _, texts := range topic.combinations() {
		left := slices.DeleteFunc(g.byTexts[texts], func(other *narrowed) bool { return other == topic })
		if g.byTexts[texts] = left; len(left) == 0 {
			delete(g.byTexts, texts)
		}
	}
	if len(g.all) == 0 {
		delete(n, name)
	}
}

// each calls f with every narrowed topic.
func (n narrowing) each(f func(*narrowed)) {
	for _, g := range n {
		for topic := range g.all {
			f(topic)
		}
	}
}

// matching calls f with each narrowed topic that a row meets, as it was or as it is now: twice, if both meet it.
func (n narrowing) matching(c *change, f func(*narrowed)) {
	for _, g := range n {
		for _, row := range [...]rowTexts{c.old, c.now} {
			if row != nil {
				g.matching(row, f)
			}
		}
	}
}

func (g *narrowedGroup) matching(row rowTexts, f func(*narrowed)) {
	texts := ""
	for _, column := range g.columns {
		text, known := row.of(column)
		if !known {
			g.possible(row, f)
			return
		}
		texts = joined(texts, text)
	}
	for _, topic := range g.byTexts[texts] {
		f(topic)
	}
}

// possible calls f with each topic of the group for which a row may hold of which not every column is known.
func (g *narrowedGroup) possible(row rowTexts, f func(*narrowed)) {
	for topic := range g.all {
		if topic.possible(row) {
			f(topic)
		}
	}
}

func (n *narrowed) possible(row rowTexts) bool {
	for i, column := range n.columns {
		if text, known := row.of(column); known && !slices.Contains(n.texts[i], text) {
			return false
		}
	}
	return true
}
