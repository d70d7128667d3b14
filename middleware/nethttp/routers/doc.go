// Package routers shows, as tests, how package nethttp serves live pages behind chi and gin. It is a module of its own, so
// that these routers are no dependency of htmxlive.
package routers
