// Package paging turns the parameters of a URL into one page of a list, and the page into links.
package paging
