package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
)

// TestFormsThatCannotBeReadAreTheSendersFault: each form, in each way in which it can be broken.
func TestFormsThatCannotBeReadAreTheSendersFault(t *testing.T) {
	d := open(t, 5)
	ann := d.as(t, d.ann)
	const multipart = "multipart/form-data; boundary=x"
	for name, form := range map[string]struct{ kind, body string }{
		"no boundary":     {"multipart/form-data", "title=x"},
		"not multipart":   {multipart, "title=x"},
		"cut short":       {multipart, "--x\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\nAnd then"},
		"a wrong header":  {multipart, "--x\r\nContent Disposition\r\n\r\n1\r\n--x--\r\n"},
		"a wrong escape":  {"application/x-www-form-urlencoded", "body=x&agent=%zz"},
		"a wrong charset": {"multipart/form-data; boundary=" + strings.Repeat("x", 80), "--x--"},
	} {
		for _, path := range []string{"/login", "/tickets", "/tickets/1", "/tickets/1/comments"} {
			for _, by := range []string{"browser", "htmx"} {
				headers := []string{"Content-Type", form.kind}
				if by == "htmx" {
					headers = append(headers, "HX-Request", "true")
				}
				a := ann.send(http.MethodPost, path, form.body, headers...)
				if a.code != http.StatusBadRequest || !strings.Contains(a.body, "The form could not be read") {
					t.Errorf("%s to %s by %s: %d, want 400 with a sentence: %s", name, path, by, a.code, a.body)
				}
			}
		}
	}
	id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Mine"}))
	whole := "--x\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\nAnd then\r\n--x--\r\n"
	if a := ann.send(http.MethodPost, fmt.Sprintf("/tickets/%d/comments", id), whole, "Content-Type", multipart); a.code != http.StatusSeeOther {
		t.Errorf("a whole form: %d", a.code)
	}
	if text := d.log.String(); strings.Contains(text, "level=ERROR") {
		t.Errorf("what others send is logged as our error:\n%s", text)
	}
}

func TestFormsThatAreTooLongAreNotMisread(t *testing.T) {
	d := open(t, 5)
	ann := d.as(t, d.ann)
	for _, path := range []string{"/login", "/tickets", "/tickets/1", "/tickets/1/comments"} {
		if a := ann.post(path, "body", strings.Repeat("x", 300<<10)); a.code != http.StatusRequestEntityTooLarge {
			t.Errorf("300 KB to %s: %d, want 413", path, a.code)
		}
	}
}

func TestRequestIDsOfClientsAreTakenWithCare(t *testing.T) {
	d := open(t, 1)
	p := d.visitor(t)
	for sent, keep := range map[string]bool{
		"": false, "abc-123": true, "Root=1-67891233-abcdef012345678912345678": true, "4bf92f3577b34da6/a3ce:1_2+3.4": true,
		strings.Repeat("x", 64): true, strings.Repeat("x", 65): false, strings.Repeat("x", 10<<10): false,
		"two words": false, "a\tb": false, "<script>": false, `"quoted"`: false, "ümlaut": false, "a,b": false,
	} {
		headers := []string{"X-Request-Id", sent}
		if sent == "" {
			headers = nil
		}
		id := p.get("/healthz", headers...).header.Get("X-Request-Id")
		if (id == sent) != keep || id == "" || len(id) > 64 {
			t.Errorf("%.80q becomes %.80q", sent, id)
		}
		if !keep && sent != "" && strings.Contains(d.log.String(), fmt.Sprint(sent)) {
			t.Errorf("%.80q is logged", sent)
		}
	}
}
