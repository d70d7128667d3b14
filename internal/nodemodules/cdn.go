package nodemodules

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// CDN answers as a content delivery network of npm packages does, from the packages in dir: it serves
// /npm/NAME@VERSION/FILE if just that version of the package is installed, under whatever alias, and 404 otherwise.
// Browsers without internet get their scripts from it, and a test learns which versions are pinned.
func CDN(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest, ok := strings.CutPrefix(r.URL.Path, "/npm/")
		pkg, file, hasFile := strings.Cut(rest, "/")
		name, version, hasVersion := strings.Cut(pkg, "@")
		if !ok || !hasFile || !hasVersion {
			http.NotFound(w, r)
			return
		}
		folder, ok := find(dir, name, version)
		if !ok {
			http.Error(w, name+" "+version+" is not installed", http.StatusNotFound)
			return
		}
		root, err := os.OpenRoot(folder)
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		defer root.Close()
		body, err := root.ReadFile(filepath.FromSlash(file))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Access-Control-Allow-Origin", "*") // without it a browser refuses a script with integrity
		_, _ = w.Write(body)
	})
}

// find is the folder of an installed package.
func find(dir, name, version string) (folder string, ok bool) {
	manifests, _ := filepath.Glob(filepath.Join(dir, "*", "package.json"))
	for _, path := range manifests {
		b, err := os.ReadFile(path) //nolint:gosec // inside the folder that the operator names
		if err != nil {
			continue
		}
		var manifest struct{ Name, Version string }
		if json.Unmarshal(b, &manifest) == nil && manifest.Name == name && manifest.Version == version {
			return filepath.Dir(path), true
		}
	}
	return "", false
}
