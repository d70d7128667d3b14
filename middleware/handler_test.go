package middleware_test

import (
	"html/template"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// A page's tags are the configuration's, with the nonce of the request, and the script that they name is served.
func TestThePageLoadsItsScripts(t *testing.T) {
	a := newApp(t, middleware.Config{Scripts: views.Scripts{CDN: true}, ScriptPath: "/live/script.js"})
	tmpl := views.Template(template.Must(template.New("page").Parse(`{{.Live.Scripts}}`)), "page", nil)
	nonce := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.SetRequest(c.Request().WithContext(views.WithNonce(c.Request().Context(), "n0nce")))
			return next(c)
		}
	}
	a.echo.GET("/scripts", middleware.Handler(func(echo.Context, *live.Socket) (views.Component, error) { return tmpl, nil }), nonce)
	body := a.get(t, "/scripts").html
	for _, tag := range []string{
		`<script src="https://cdn.jsdelivr.net/npm/htmx.org@2.0.11/dist/htmx.min.js" integrity="sha384-`,
		`<script src="/live/script.js" defer nonce="n0nce"></script>`,
	} {
		if !strings.Contains(body, tag) {
			t.Errorf("the page lacks %s:\n%s", tag, body)
		}
	}
	res := a.get(t, "/live/script.js")
	if res.html != views.Script() || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("the script is %d, %v:\n%s", res.StatusCode, res.Header, res.html)
	}
}

// What the function returns as an error is the answer.
func TestAHandlerThatFails(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.echo.GET("/gone", middleware.Handler(func(echo.Context, *live.Socket) (views.Component, error) { return nil, live.ErrGone }))
	if res := a.get(t, "/gone"); res.StatusCode != http.StatusNotFound {
		t.Errorf("the answer is %d:\n%s", res.StatusCode, res.html)
	}
}

func TestCookieStoreIsSafe(t *testing.T) {
	o := middleware.CookieStore().Options
	if !o.HttpOnly || o.SameSite != http.SameSiteLaxMode || o.Path != "/" {
		t.Errorf("the options are %+v", o)
	}
}
