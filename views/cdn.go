package views

// CDNFile is one script on a content delivery network.
type CDNFile struct {
	URL       string // absolute, of one exact version
	Integrity string // the hash of its content, as the attribute integrity has it: sha384-…
}

// The files of the npm packages, unchanged, as jsDelivr serves them. A test compares versions and hashes with the packages
// that package.json pins: after a new version there it says what to write here.
const (
	cdnHTMX1    = "https://cdn.jsdelivr.net/npm/htmx.org@1.9.12/dist/htmx.min.js"
	cdnHTMX1SSE = "https://cdn.jsdelivr.net/npm/htmx.org@1.9.12/dist/ext/sse.js"
	cdnHTMX2    = "https://cdn.jsdelivr.net/npm/htmx.org@2.0.11/dist/htmx.min.js"
	cdnHTMX2SSE = "https://cdn.jsdelivr.net/npm/htmx-ext-sse@2.2.4/dist/sse.min.js"
	cdnHTMX4    = "https://cdn.jsdelivr.net/npm/htmx.org@4.0.1/dist/htmx.min.js"
	cdnHTMX4SSE = "https://cdn.jsdelivr.net/npm/htmx.org@4.0.1/dist/ext/hx-sse.min.js"

	sumHTMX1    = "sha384-ujb1lZYygJmzgSwoxRggbCHcjc0rB2XoQrxeTUQyRjrOnlCoYta87iKBWq3EsdM2"
	sumHTMX1SSE = "sha384-OZrRw8/Zvv0VFGJJF6TN3gABVZvvO60Xz7RWkQKAmoRe+t1dc5J/ySJvXbpL+N+Q"
	sumHTMX2    = "sha384-2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg"
	sumHTMX2SSE = "sha384-A986SAtodyH8eg8x8irJnYUk7i9inVQqYigD6qZ9evobksGNIXfeFvDwLSHcp31N"
	sumHTMX4    = "sha384-Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
	sumHTMX4SSE = "sha384-v8HvucQ+ohQhMg0arboXc5049yNR46QKMjphs7YDch+Wm7zpfK5XVS01f26mQDJV"
)

// CDN are the scripts of the client on jsDelivr, in the order in which a page loads them: the versions that htmxlive is
// tested with. Scripts.CDN writes them; use it directly to write the tags elsewhere, with integrity and
// crossorigin="anonymous".
func (c Client) CDN() []CDNFile {
	switch c {
	case HTMX1:
		return []CDNFile{{cdnHTMX1, sumHTMX1}, {cdnHTMX1SSE, sumHTMX1SSE}}
	case HTMX1B:
		return []CDNFile{{cdnHTMX1, sumHTMX1}}
	case HTMX4:
		return []CDNFile{{cdnHTMX4, sumHTMX4}, {cdnHTMX4SSE, sumHTMX4SSE}}
	default:
		return []CDNFile{{cdnHTMX2, sumHTMX2}, {cdnHTMX2SSE, sumHTMX2SSE}}
	}
}
