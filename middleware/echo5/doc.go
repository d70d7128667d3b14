// Package echo5 makes pages of Echo v5 live. What a live page is, and what it promises, package middleware explains,
// which is the same for Echo v4; the words are the same.
//
//	e := echo.New()
//	e.Use(echo5.Live(keeper, store))
//	e.GET("/tickets", echo5.Handler(func(c *echo.Context, s *live.Socket) (views.Component, error) {
//		_, err := live.KeepList(s, "tickets", tickets)
//		return views.Template(tmpl, "tickets.html", nil), err
//	}))
package echo5
