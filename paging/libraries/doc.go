// Package libraries shows, as tests, how lists of package paging are fetched with gorm, bun, squirrel and sqlc. It is a module
// of its own, so that these libraries are no dependency of htmxlive. The manual, docs/paging.md, quotes its lists.
package libraries
