package sse

import "bytes"

// Data is HTML encoded as the lines of an event: "data: …\n" for each of its lines. Only [Encode] makes it. It is
// encoded once, sent to any number of browsers, and never changed.
type Data []byte

const dataField = "data: "

// Encode turns HTML into event lines. A browser reads back what was encoded, with CRLF and CR turned into LF: a lone
// CR would otherwise end the line and let the text behind it speak for the server. Nothing encodes to nothing.
func Encode(html []byte) Data {
	if len(html) == 0 {
		return nil
	}
	if bytes.IndexByte(html, '\r') >= 0 {
		html = bytes.ReplaceAll(html, []byte("\r\n"), []byte("\n"))
		html = bytes.ReplaceAll(html, []byte("\r"), []byte("\n"))
	}
	lines := bytes.Count(html, []byte("\n")) + 1
	data := make(Data, 0, len(html)+lines*len(dataField)+1)
	for line := range bytes.SplitSeq(html, []byte("\n")) {
		data = append(data, dataField...)
		data = append(data, line...)
		data = append(data, '\n')
	}
	return data
}

// encoded tells data apart from HTML that somebody converted instead of encoding it. It looks at the ends only.
func (d Data) encoded() bool {
	return len(d) == 0 || bytes.HasPrefix(d, []byte(dataField)) && d[len(d)-1] == '\n'
}
