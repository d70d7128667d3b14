package views_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxlive/htmxlive/views"
)

func TestCheckPage(t *testing.T) {
	markup := views.Fixed(templ.Raw(""))
	block := func(id string) views.Spec { return views.Block{ID: id, Markup: markup} }
	list := func(id, prefix string) views.Spec { return views.Rows{ID: id, Prefix: prefix, Row: markup} }
	const connect = `<div id="live" hx-ext="sse" sse-connect="/x" sse-swap="message" hx-swap="none"></div>`
	tests := []struct {
		name  string
		specs []views.Spec
		page  string
		want  []string // parts of the sentences
	}{
		{
			"all is well",
			[]views.Spec{block("count"), list("rows", "")},
			`<b id="count">2</b> <h2 id="rows-heading">x</h2><table><tbody id="rows"> <!-- c -->
				<tr id="rows-1"><td><input id="rows-1-title"><b id="rows-7"></b></td></tr>
				<tr id="rows-2"></tr></tbody></table>` + connect,
			nil,
		},
		{
			"a table with the id that belongs on its tbody",
			[]views.Spec{list("rows", "")},
			`<table id="rows"><tr id="rows-1"></tr><tr id="rows-2"></tr></table>` + connect,
			[]string{`the id belongs on a <tbody>`},
		},
		{
			"a list without rows",
			[]views.Spec{views.Rows{ID: "rows", Row: markup, Empty: markup}},
			`<ul id="rows"><li>None</li></ul>` + connect, nil,
		},
		{"a list of nothing", []views.Spec{list("rows", "")}, `<ul id="rows"> <!-- none --> </ul>`, nil},
		{"a list that holds a head alone", []views.Spec{list("rows", "")}, `<ul id="rows"><li>Names</li></ul>`, []string{`#rows holds "li" beside`}},
		{"a table that holds a head alone", []views.Spec{list("rows", "")}, `<table id="rows"><tr><th>Name</th></tr></table>`, []string{`#rows holds "tbody" beside`}},
		{"a list of named rows", []views.Spec{list("rows", "")}, `<ul id="rows"><li id="rows-ann"><i id="rows-ann-name"></i></li></ul>`, nil},
		{"htmx 1 and 4 connect otherwise", nil, `<div id="live" hx-sse="connect:/x"></div>`, nil},
		{"and htmx 4 so", nil, `<div id="live" hx-sse:connect="/x"></div>`, nil},
		{"a template is not on the page", []views.Spec{list("rows", "")}, `<ul id="rows"></ul><template><li id="rows-1"></li></template>`, nil},
		{"not there", []views.Spec{block("count")}, `<b id="counter"></b>`, []string{`The fragment #count is kept, and no element`}},
		{"not there, but in a template", []views.Spec{block("count")}, `<template><b id="count"></b></template>`, []string{`no element of the page has the id "count"`}},
		{"two fragments of one id", []views.Spec{block("count"), list("count", "r-")}, `<ul id="count"></ul>`, []string{`has the id of the fragment #count`}},
		{"a fragment called like the connect element", []views.Spec{block("live")}, connect, []string{`#live has the id of the element #live that connects`}},
		{"an element called like the connect element", nil, `<p id="live"></p>`, []string{`<p id="live"> has the id of the element that connects`}},
		{"which is there too", nil, `<p id="live"></p>` + connect, []string{`2 elements have the id "live"`, `<p id="live"> has the id`}},
		{"an id twice", nil, `<p id="a"></p><p id="a"></p><p id="a"></p>`, []string{`3 elements have the id "a"`}},
		{"an element and its placed fragment", []views.Spec{block("count")}, `<div id="count"><b id="count"></b></div>`, []string{`2 elements have the id "count"`}},
		{
			"a list with a head",
			[]views.Spec{list("rows", "")},
			`<ul id="rows"><li>Names</li><li id="rows-1"></li>and more</ul>`,
			[]string{`#rows holds "li" beside`, `#rows holds "and more" beside`},
		},
		{"a row outside its list", []views.Spec{list("rows", "")}, `<ul id="rows"><li id="rows-1"></li></ul><p id="rows-2"></p>`, []string{`<p id="rows-2"> has the id of a row of #rows`}},
		{
			"a UUID outside its list",
			[]views.Spec{list("rows", "")},
			`<ul id="rows"></ul><p id="rows-6ba7b810-9dad-11d1-80b4-00c04fd430c8"></p>`,
			[]string{`stands outside`},
		},
		{
			"names look like other ids",
			[]views.Spec{list("rows", ""), block("rows-count")},
			`<ul id="rows"><li id="rows-ann"></li></ul><b id="rows-count"></b>`,
			[]string{`could have the id "rows-count", which is that of the fragment #rows-count`},
		},
		{"a row like the connect element", []views.Spec{list("rows", "li")}, `<ul id="rows"><li id="lisa"></li></ul>` + connect, []string{`which is that of the element #live that connects`}},
		{
			"one prefix twice",
			[]views.Spec{list("open", "t-"), list("closed", "t-")},
			`<ul id="open"><li id="t-1"></li></ul><ul id="closed"><li id="t-2"></li></ul>`,
			[]string{`rows of #open and of #closed have ids with the same prefix "t-"`},
		},
		{
			"prefixes that overlap",
			[]views.Spec{list("tickets", "t-"), list("notes", "t-n-")},
			`<ul id="tickets"><li id="t-ann"></li></ul><ul id="notes"><li id="t-n-1"></li></ul>`,
			[]string{`row of #tickets could have the id "t-n-1", which is that of a row of #notes`},
		},
		{
			"prefixes that overlap, and numbers that do not",
			[]views.Spec{list("tickets", "t-"), list("notes", "t-n-")},
			`<ul id="tickets"><li id="t-5"></li></ul><ul id="notes"><li id="t-n-1"></li></ul>`,
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := views.CheckPage([]byte(`<!doctype html><body>`+tt.page), views.Fragments(tt.specs...), "live")
			if !slices.EqualFunc(got, tt.want, strings.Contains) {
				t.Errorf("it says\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(tt.want, "\n\t"))
			}
		})
	}
}
