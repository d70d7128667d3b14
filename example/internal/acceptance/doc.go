// Package acceptance tests the helpdesk from outside: whole, over HTTP, with a real database, in real
// browsers and in many more pages than a browser has room for.
package acceptance
