package paging

import (
	"regexp"
	"slices"
	"strings"
)

var (
	givenName  = regexp.MustCompile("(?i)\\sAS\\s+[\"`]?(\\w+)[\"`]?\\s*(?:,|$)")
	wordOfSQL  = regexp.MustCompile(`\w+`)
	columnOnly = regexp.MustCompile("^[\\w.\"`]+$")
)

// refusalOfNames is the name of a mistake in Query.Select, or "". See Options.refusal. What Select computes of a column and calls
// like it is what ORDER BY sorts by, and not what WHERE compares: rows would be lost.
func (o Options) refusalOfNames(selected string) string {
	if o.Mode() != Keyset || o.restricted {
		return ""
	}
	for _, at := range givenName.FindAllStringSubmatchIndex(selected, -1) {
		name, value := selected[at[2]:at[3]], lastItem(selected[:at[0]])
		isKey := slices.ContainsFunc(o.sort.Keys, func(k Key) bool { return strings.EqualFold(k.Column, name) })
		isName := func(word string) bool { return strings.EqualFold(word, name) }
		if isKey && !columnOnly.MatchString(value) && slices.ContainsFunc(wordOfSQL.FindAllString(value, -1), isName) {
			return "a_sort_key_needs_its_table_where_Query_Select_computes_its_name"
		}
	}
	return ""
}

// lastItem is what stands behind the last comma that is in no brackets.
func lastItem(list string) string {
	depth := 0
	for i := len(list) - 1; i >= 0; i-- {
		switch list[i] {
		case ')':
			depth++
		case '(':
			depth--
		case ',':
			if depth == 0 {
				return strings.TrimSpace(list[i+1:])
			}
		}
	}
	return strings.TrimSpace(list)
}
