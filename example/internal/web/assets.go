package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/views"
)

//go:embed assets
var assetFiles embed.FS

// scriptsPath is where htmx of every generation is served.
const scriptsPath = "/scripts/"

// assets are the files that pages load. They are read once and served from memory, under addresses that change with
// their contents, so that browsers keep them for ever.
type assets struct {
	files   map[string]file // by name
	scripts map[string]file // by their name in views.Client.Files
}

type file struct {
	name    string
	content []byte
	tag     string // of its contents
}

func newFile(name string, content []byte) file {
	sum := sha256.Sum256(content)
	return file{name: name, content: content, tag: hex.EncodeToString(sum[:6])}
}

// newAssets reads everything; without a folder of scripts pages are not live.
func newAssets(nodeModules string) (*assets, error) {
	a := &assets{files: map[string]file{}, scripts: map[string]file{}}
	var css []byte
	for _, name := range []string{"app.css", "lists.css", "pages.css"} {
		part, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			return nil, err
		}
		css = append(css, part...)
	}
	a.files["helpdesk.css"] = newFile("helpdesk.css", css)
	for _, name := range []string{"helpdesk.js", "icon.svg"} {
		content, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			return nil, err
		}
		a.files[name] = newFile(name, content)
	}
	a.scripts[views.ScriptName] = newFile(views.ScriptName, []byte(views.Script()))
	if nodeModules == "" {
		return a, nil
	}
	for _, client := range views.Clients() {
		for _, name := range client.Files() {
			content, err := readScript(nodeModules, name)
			if err != nil {
				return nil, err
			}
			a.scripts[name] = newFile(name, content)
		}
	}
	return a, nil
}

// readScript finds a script where npm put it: in the dist folder of its package.
func readScript(nodeModules, name string) ([]byte, error) {
	dir, rest, _ := strings.Cut(name, "/")
	content, err := os.ReadFile(filepath.Join(nodeModules, dir, "dist", filepath.FromSlash(rest))) //nolint:gosec // names of ours
	if err != nil {
		return nil, fmt.Errorf("htmx is not complete, run `make deps`: %w", err)
	}
	return content, nil
}

// url is the address of an asset.
func (a *assets) url(name string) (string, error) {
	f, ok := a.files[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return "/assets/" + name + "?v=" + f.tag, nil
}

// files are the routes of assets and scripts, which need no session.
func (d *Desk) files(e *echo.Echo) {
	get(e, "/assets/:name", func(c echo.Context) error {
		return serve(c, d.assets.files[c.Param("name")], "public, max-age=31536000, immutable")
	})
	get(e, scriptsPath+"*", func(c echo.Context) error {
		return serve(c, d.assets.scripts[c.Param("*")], "public, max-age=3600")
	})
	get(e, "/favicon.ico", func(c echo.Context) error {
		return serve(c, d.assets.files["icon.svg"], "public, max-age=86400")
	})
}

func serve(c echo.Context, f file, cache string) error {
	if f.name == "" {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Cache-Control", cache)
	h.Set("ETag", `"`+f.tag+`"`)
	http.ServeContent(c.Response(), c.Request(), f.name, time.Time{}, bytes.NewReader(f.content))
	return nil
}
