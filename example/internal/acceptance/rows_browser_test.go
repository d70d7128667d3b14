package acceptance_test

import (
	"fmt"
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

// reader is a page on which a person is in the middle of something: a search is typed, a form is half filled in, the
// page is scrolled and the cursor is in the search field.
type reader struct {
	*browsertest.Page

	row  string // a ticket in sight
	at   float64
	word string
}

func (r *reader) begin() {
	r.Type("#q", r.word)
	r.WaitFor("the search in the address", fmt.Sprintf(`new URL(location).searchParams.get("q") === %q`, r.word))
	r.Click("#new-ticket summary")
	r.Type("#ticket-form [name=title]", "Half a")
	browsertest.Eval[bool](r.Page, `(document.querySelector("#q").focus(), document.querySelector("#q").setSelectionRange(1, 3), true)`)
	r.look()
}

// look scrolls to the row and takes note of where it is.
func (r *reader) look() {
	r.at = browsertest.Eval[float64](r.Page, fmt.Sprintf(`(() => {
		const row = document.querySelector("#ticket-%s");
		row.scrollIntoView({ block: "center", behavior: "instant" });
		return row.getBoundingClientRect().top;
	})()`, r.row))
}

// undisturbed checks that the person can go on.
func (r *reader) undisturbed(t *testing.T, form bool) {
	t.Helper()
	if at := browsertest.Eval[float64](r.Page, fmt.Sprintf(`document.querySelector("#ticket-%s").getBoundingClientRect().top`, r.row)); at < r.at-1 || at > r.at+1 {
		t.Errorf("the row in sight moved from %.0f to %.0f", r.at, at)
	}
	if browsertest.Eval[float64](r.Page, `scrollY`) == 0 {
		t.Error("the page was never scrolled")
	}
	got := browsertest.Eval[string](r.Page, `(e => [e.id, e.value, e.selectionStart, e.selectionEnd].join(" "))(document.activeElement)`)
	if want := "q " + r.word + " 1 3"; got != want {
		t.Errorf("the cursor is at %q, was at %q", got, want)
	}
	if form && !browsertest.Eval[bool](r.Page, `document.querySelector("#new-ticket").open && document.querySelector("#ticket-form [name=title]").value === "Half a"`) {
		t.Error("the half filled in form is closed or empty")
	}
}

func TestOthersChangesAppear(t *testing.T) {
	d := startDesk(t, 60)
	boss := d.login(t, admin)
	eachClient(t, func(t *testing.T, client views.Client) {
		word := "toner" + string(client)
		var ids []string
		for i := range 16 {
			ids = append(ids, boss.create(t, fmt.Sprintf("%s is empty, printer %d", word, i)))
		}
		page := d.open(d.visitor(t, billing), in(client, "/tickets?limit=20"))
		r := &reader{Page: page, row: ids[6], word: word}
		r.begin()
		page.WaitFor("the rows found", `document.querySelectorAll("#ticket-rows tr").length === 16`)
		r.look()

		held(t, boss, r, ids)
		d.oneStream(t, billing, page)

		page.Navigate(d.url(in(client, "/tickets?results=lose&limit=20&q="+word)))
		connected(page)
		browsertest.Eval[bool](page, `(document.querySelector("#q").focus(), document.querySelector("#q").setSelectionRange(1, 3), true)`)
		r.look()
		followed(t, boss, r, ids)
		d.oneStream(t, billing, page)
	})
}

// held is a list in which nothing moves until the person says so.
func held(t *testing.T, boss *person, r *reader, ids []string) {
	page := r.Page
	remember(page, "#tickets-new")
	created := boss.create(t, r.word+" for the new office")
	page.WaitFor("the pill", `!document.querySelector("#tickets-new").hidden && document.querySelector("#tickets-new").textContent === "1 new"`)
	if page.Has("#ticket-" + created) {
		t.Error("a held list shows a new row by itself")
	}
	untouched(t, page)
	r.undisturbed(t, true)

	remember(page, "#ticket-"+ids[9])
	boss.must(t, "/tickets/"+ids[9], "title", r.word+" came today", "status", "pending", "priority", "low", "assignee", backup)
	row := "#ticket-" + ids[9]
	says(page, row+" .title", "came today")
	if got := page.Text(row+" .status") + " " + page.Text(row+" .priority"); got != "pending low" || page.Text(row+" .assignee") == "nobody yet" {
		t.Errorf("the row says %s", page.Text(row))
	}
	untouched(t, page)
	r.undisturbed(t, true)

	remember(page, "#tickets-new, #ticket-"+ids[8])
	boss.must(t, "/tickets/"+ids[8]+"/delete")
	page.WaitFor("the mark of what is gone", fmt.Sprintf(`document.querySelector("#ticket-%s.gone")`, ids[8]))
	untouched(t, page)
	r.undisturbed(t, true)

	page.Click("#tickets-new")
	page.WaitFor("the new row first, none that is gone, no pill", fmt.Sprintf(`document.querySelector("#ticket-rows tr").dataset.id === %q &&
		!document.querySelector("#ticket-%s") && document.querySelector("#tickets-new").hidden`, created, ids[8]))
	if !browsertest.Eval[bool](page, `document.querySelector("#new-ticket").open && document.querySelector("#q").value !== ""`) {
		t.Error("applying what is new closed the form or emptied the search")
	}
}

// followed is a list that shows what there is.
func followed(t *testing.T, boss *person, r *reader, ids []string) {
	page := r.Page
	// The page that is shown has room, so nothing leaves it when a row comes.
	remember(page, "tr[data-id='"+fmt.Sprint(atoi(t, ids[len(ids)-1])+2)+"']")
	created := boss.create(t, r.word+" once more")
	page.WaitFor("the new row first", fmt.Sprintf(`document.querySelector("#ticket-rows tr").dataset.id === %q`, created))
	untouched(t, page)
	r.undisturbed(t, false)

	remember(page, "#ticket-"+created)
	boss.must(t, "/tickets/"+created, "title", r.word+" all the same", "status", "solved")
	says(page, "#ticket-"+created+" .title", "all the same")
	page.WaitForText("#ticket-"+created+" .status", "solved")
	untouched(t, page)
	r.undisturbed(t, false)

	remember(page, "#ticket-"+created)
	boss.must(t, "/tickets/"+created+"/delete")
	page.WaitFor("the row gone", fmt.Sprintf(`!document.querySelector("#ticket-%s")`, created))
	untouched(t, page)
	r.undisturbed(t, false)
}
