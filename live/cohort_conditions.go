package live

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Where returns a context for statements that read, of a table, no rows but those with one of the values in the column: their
// own WHERE says the same. What they read is then followed by the changes of such rows, not of
// the whole table. Several conditions hold together.
//
//	ctx = live.Where(ctx, "tickets", "team_id", 3)
//	rows, err := db.QueryContext(ctx, "SELECT … FROM tickets WHERE team_id = ?", 3)
//
// The statement is not changed. Where it returns the column, a row with another value is an error, as far as a driver sees from
// which column a value comes. A statement that does not return it is not checked: the wrong rows are followed then, and
// Config.CheckInterval finds that out. A condition is of no effect on a column of which the changes of the table do not tell the
// value, and on a table that no statement reads.
//
// The table is named as in SQL, with or without its schema. A value is an integer, a string, a bool, a UUID, nil for NULL, or a
// slice of them. Texts are compared without regard to case, and as numbers where they are numbers: that can be one fetch too
// many. Any other value, such as a time, is an error of the fetch.
func Where(ctx context.Context, table, column string, values ...any) context.Context {
	c := Condition{Table: strings.ToLower(table), Column: strings.ToLower(column)}
	for _, value := range elements(values) {
		text, ok := valueText(value)
		if !ok {
			if r, recording := recorderIn(ctx); recording && !isLongText(value) { // changes do not tell that either
				r.fail(fmt.Errorf("live: Where(%q, %q) is given a %T: it takes integers, strings, bools, UUIDs and nil", table, column, value))
			}
			return ctx
		}
		c.texts = append(c.texts, text)
	}
	slices.Sort(c.texts)
	c.texts = slices.Compact(c.texts)
	return context.WithValue(ctx, conditionsKey{}, append(slices.Clip(conditionsIn(ctx)), c))
}

type conditionsKey struct{}

func conditionsIn(ctx context.Context) []Condition {
	all, _ := ctx.Value(conditionsKey{}).([]Condition)
	return all
}

// A Condition is what [Where] says of one column of a table. Table and column are in lower case.
type Condition struct {
	Table, Column string

	texts []string // of the values, sorted
}

// Conditions is what Where says under ctx of a table, which is known by these names in lower case: "tickets" and
// "public.tickets".
func Conditions(ctx context.Context, tableNames ...string) (of []Condition) {
	for _, c := range conditionsIn(ctx) {
		if slices.Contains(tableNames, c.Table) {
			of = append(of, c)
		}
	}
	return of
}

// Holds reports whether the condition holds for a row that has this value of the column, as a driver returns it. It holds
// for a value that cannot be compared, such as a time.
func (c Condition) Holds(value any) bool {
	text, ok := valueText(value)
	if !ok {
		return true
	}
	_, found := slices.BinarySearch(c.texts, text)
	return found
}

// Narrow is the topic of the rows, among those that the topic stands for, for which the conditions hold: the topic, a "?" and
// the conditions as in a URL. [Keeper.PublishChanges] tells it of their changes, and so does whatever is published under
// the topic itself. Conditions must be of columns of which the changes tell the values. Where the narrowed topic would be
// too long it is the topic itself.
func Narrow(topic string, conditions []Condition) string {
	if len(conditions) == 0 {
		return topic
	}
	values := url.Values{}
	for _, c := range conditions {
		was, twice := values[c.Column]
		if twice { // both hold
			values[c.Column] = slices.DeleteFunc(slices.Clone(was), func(text string) bool { return !slices.Contains(c.texts, text) })
		} else {
			values[c.Column] = c.texts
		}
		if len(values[c.Column]) == 0 {
			values[c.Column] = []string{""} // no row at all: the condition need not say so
		}
	}
	narrowed := topic + "?" + values.Encode()
	if len(narrowed) > MaxTopic {
		return topic
	}
	return narrowed
}

// elements is the values, and those of each slice among them.
func elements(values []any) (all []any) {
	for _, value := range values {
		v := reflect.ValueOf(value)
		_, valuer := value.(driver.Valuer)
		if valuer || v.Kind() != reflect.Slice || v.Type().Elem() == reflect.TypeFor[byte]() {
			all = append(all, value)
			continue
		}
		for i := range v.Len() {
			all = append(all, v.Index(i).Interface())
		}
	}
	return all
}
