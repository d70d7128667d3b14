// Package web is the helpdesk in the browser: one file for every noun, with its routes, its handlers and its fragments.
//
// Start with tickets.go, which is a live page from its query to its answer. What every page has in common is in desk.go
// (the routes), frame.go (the page around the page), security.go (headers and forms) and errors.go (what goes wrong).
package web
