package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/live"
)

var browser browsertest.Browser

func TestMain(m *testing.M) { goleak.VerifyTestMain(browser.Main(m)) }

func serve(t *testing.T) *httptest.Server {
	t.Helper()
	keeper := live.NewKeeper(live.Config{})
	e := echo.New()
	routes(e, keeper)
	server := httptest.NewServer(e)
	t.Cleanup(func() {
		if err := keeper.Close(context.Background()); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	return server
}

// visitor is a person without internet: the network that the page loads htmx from is node_modules.
func visitor(t *testing.T) *browsertest.Person {
	t.Helper()
	modules, err := nodemodules.Dir()
	if err != nil {
		t.Fatal(err)
	}
	person := browser.Person(t)
	person.Intercept("https://cdn.jsdelivr.net", nodemodules.CDN(modules))
	return person
}

func TestAGuestArrivesInTheOtherWindow(t *testing.T) {
	t.Parallel()
	server := serve(t)
	mine, theirs := visitor(t).Open(server.URL), visitor(t).Open(server.URL)
	mine.WaitForStreams(1)
	theirs.WaitForStreams(1)

	theirs.Type("input", "half a na")
	mine.Type("input", "Ada <3")
	mine.Click("button")
	mine.WaitForText("#guestbook li", "Ada <3")
	theirs.WaitForText("#guestbook li", "Ada <3")
	theirs.Type("input", "me")
	if got := browsertest.Eval[string](theirs, `document.querySelector("input").value`); got != "half a name" {
		t.Errorf("the field of the other window holds %q", got)
	}
	theirs.Click("button")
	mine.WaitForText("#guestbook", "Ada <3half a name")
}

// Without JavaScript the form is a form: the guest is in the page that the answer leads to.
func TestTheFormWorksWithoutJavaScript(t *testing.T) {
	t.Parallel()
	server := serve(t)
	res, err := http.PostForm(server.URL, url.Values{"name": {"Grace"}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), ">Grace</li>") {
		t.Errorf("%s:\n%s", res.Status, body)
	}
}

// The first code of the README is this program, all of it, and a program of a page.
func TestTheReadmeShowsTheProgram(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "\n```go\n")
	shown, _, ok := strings.Cut(rest, "```\n")
	if !ok || shown != string(program) {
		t.Errorf("README.md does not show example/hello/main.go, but:\n%s", shown)
	}
	if lines := strings.Count(string(program), "\n"); lines >= 60 {
		t.Errorf("the program has %d lines", lines)
	}
}
