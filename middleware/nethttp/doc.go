// Package nethttp makes pages of net/http live: those of http.ServeMux, of chi, of gin, and of any router that takes an
// http.Handler. What a live page is, and what it promises, is explained by package middleware, which is the same
// for Echo; the words are the same.
//
//	mux := http.NewServeMux()
//	mux.Handle("GET /tickets", nethttp.Handler(func(_ http.ResponseWriter, _ *http.Request, s *live.Socket) (views.Component, error) {
//		_, err := live.KeepList(s, "tickets", tickets)
//		return views.Template(tmpl, "tickets.html", nil), err
//	}))
//	http.ListenAndServe("127.0.0.1:8080", nethttp.Live(keeper, store)(mux))
//
// With chi, Live is what Use takes. With gin, Live stands around the engine and gin.WrapH around handlers. The folder
// routers holds both as tests, in a module of its own.
package nethttp
