package web_test

import (
	"fmt"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

// onEachClient runs the test in Chromium with every generation of htmx. Link adds the parameter that chooses it.
func onEachClient(t *testing.T, test func(t *testing.T, d *desk, link func(string) string)) {
	t.Helper()
	for _, client := range views.Clients() {
		t.Run("htmx"+string(client), func(t *testing.T) {
			test(t, open(t, 80), func(path string) string { return path + "?htmx=" + string(client) })
		})
	}
}

// enter logs somebody in and opens a live page.
func (d *desk) enter(t *testing.T, agent store.Agent, path string) *browsertest.Page {
	t.Helper()
	p := browser.Person(t).Open(d.URL + "/login")
	p.Click(fmt.Sprintf(`button[value="%d"]`, agent.ID))
	p.WaitFor("the list after the login", `location.pathname === "/tickets"`)
	p.Navigate(d.URL + path)
	p.WaitFor("the connection", `document.getElementById("live-status").dataset.state === "live"`)
	return p
}

func TestFormsWorkInEveryClient(t *testing.T) {
	onEachClient(t, func(t *testing.T, d *desk, link func(string) string) {
		p := d.enter(t, d.ann, link("/tickets"))
		p.AllowConsole("422")
		p.Click("#new-ticket summary")
		p.Type("#ticket-form [name=title]", "   ") // enough for the browser, not for the server
		p.Type("#ticket-form [name=body]", "Not lost")
		p.Click("#ticket-form button")
		p.WaitFor("a sentence at the title", `document.querySelector("#ticket-form .wrong")?.textContent.includes("Please write")`)
		p.WaitFor("the focus at it", `document.activeElement.name === "title"`)
		p.WaitFor("the body, kept", `document.querySelector("#ticket-form [name=body]").value === "Not lost"`)
		p.Type("#ticket-form [name=title]", "Made in a browser")
		p.Click("#ticket-form button")
		p.WaitFor("its page", `location.pathname === "/tickets/81" && document.title.startsWith("Ticket 81")`)
		p.WaitForText("#ticket-main h1", "Made in a browser")
		p.WaitForText("#notice", "Ticket 81 is created.")
		p.WaitForStreams(1)
		if err := d.db.UpdateTicket(t.Context(), d.anne, 81, store.Edit{Title: new("Seen by a colleague")}); err != nil {
			t.Fatal(err)
		}
		p.WaitForText("#ticket-main h1", "Seen by a colleague")
		p.Back()
		p.WaitFor("the list", `location.pathname === "/tickets" && document.querySelector("#tickets tbody tr").id === "ticket-81"`)
		if got := p.Text("#notice"); got != "" {
			t.Errorf("the notice is shown twice: %q", got)
		}
		p.WaitForStreams(1)
	})
}

// Without scripts the same forms lead from page to page, and search.
func TestFormsNeedNoScripts(t *testing.T) {
	onEachClient(t, func(t *testing.T, d *desk, link func(string) string) {
		p := d.enter(t, d.ann, link("/tickets"))
		p.AllowConsole("422")
		p.NoScripts()
		p.Reload()
		p.Click("#new-ticket summary")
		p.Type("#ticket-form [name=title]", "   ")
		p.Type("#ticket-form [name=body]", "Not lost")
		p.Click("#ticket-form button")
		p.WaitForText("#ticket-form .wrong", "Please write something here.")
		p.Type("#ticket-form [name=title]", "By hand")
		p.Click("#ticket-form button")
		p.WaitForText("#notice", "Ticket 81 is created.")
		p.WaitForText("#ticket-main h1", "By hand")
		p.Type("#comment-form textarea", "I am on it")
		p.Click("#comment-form button")
		p.WaitFor("the answer", `document.querySelector("#comments").textContent.includes("I am on it")`)
		if got := p.Text("#notice"); got != "" {
			t.Errorf("the notice is shown twice: %q", got)
		}
		p.Click("#edit summary")
		p.Select("#edit-form [name=status]", "pending")
		p.Click("#edit-form button")
		p.WaitForText("#notice", "Ticket 81 is saved.")
		p.WaitForText("#ticket-facts .status", "pending")
		p.Navigate(d.URL + link("/tickets"))
		p.Type("#q", "by hand")
		p.Click("#filter button")
		p.WaitFor("what is found", `document.querySelectorAll("#ticket-rows tr").length === 1 && location.search.includes("q=by+hand")`)
		p.Click("#ticket-81 a")
		p.WaitFor("the ticket", `location.pathname === "/tickets/81"`)
		p.Click("#delete summary")
		p.Click("#delete button")
		p.WaitForText("#notice", "Ticket 81 is deleted.")
		p.WaitFor("the list", `location.pathname === "/tickets"`)
		p.WaitForStreams(0)
	})
}

// What was written into one form of a page stays when another is sent.
func TestAFormLeavesTheOthersAlone(t *testing.T) {
	onEachClient(t, func(t *testing.T, d *desk, link func(string) string) {
		id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Door"}))
		p := d.enter(t, d.ann, link(fmt.Sprintf("/tickets/%d", id)))
		p.Type("#comment-form textarea", "Half a sent")
		p.Click("#edit summary")
		p.Select("#edit-form [name=status]", "pending")
		p.Click("#edit-form button")
		p.WaitForText("#notice", fmt.Sprintf("Ticket %d is saved.", id))
		p.WaitForText("#ticket-facts .status", "pending")
		p.WaitFor("the half sentence", `document.querySelector("#comment-form textarea").value === "Half a sent"`)
		p.WaitFor("the form, open, filled in with what is saved", `document.querySelector("#edit").open && document.querySelector("#edit-form [name=status]").value === "pending" && document.querySelector("#edit-form [name=was_status]").value === "pending"`)

		p.Type("#edit-form [name=title]", " in room 7")
		p.Type("#comment-form textarea", "ence.")
		p.Click("#comment-form button")
		p.WaitFor("the answer", `document.querySelector("#comments").textContent.includes("Half a sentence.") && document.querySelector("#comment-form textarea").value === ""`)
		p.WaitFor("the title that is typed", `document.querySelector("#edit-form [name=title]").value === "Door in room 7"`)
		p.WaitForStreams(1)
		if err := d.db.AddComment(t.Context(), d.anne, id, "I am on it"); err != nil {
			t.Fatal(err)
		}
		p.WaitFor("what comes then", `document.querySelector("#comments").textContent.includes("I am on it") && document.querySelectorAll("#comments [data-id]").length === 2`)

		p.Click("#delete summary")
		p.Click("#delete button")
		p.WaitFor("the list", `location.pathname === "/tickets" && document.querySelector("#tickets") && document.title.startsWith("Tickets")`)
		p.WaitForText("#notice", fmt.Sprintf("Ticket %d is deleted.", id))
		p.WaitForStreams(1)
		created := must(d.db.CreateTicket(t.Context(), d.anne, store.Draft{Title: "Another"}))
		p.WaitForText("#tickets-new", "1 new")
		p.Click("#tickets-new")
		p.WaitFor("the new row", fmt.Sprintf(`document.querySelector("#tickets tbody tr").id === "ticket-%d"`, created))
	})
}

func TestSearchFollowsTyping(t *testing.T) {
	onEachClient(t, func(t *testing.T, d *desk, link func(string) string) {
		must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "A needle in the hay"}))
		p := d.enter(t, d.ann, link("/tickets"))
		p.Type("#q", "needle")
		p.WaitFor("one row", `document.querySelectorAll("#tickets tbody tr").length === 1`)
		p.WaitFor("a short address", `location.search.includes("q=needle") && !location.search.includes("status=")`)
		p.WaitFor("the cursor where it was", `document.activeElement.id === "q" && document.activeElement.value === "needle"`)
		must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Another needle"}))
		p.WaitFor("the pill", `document.getElementById("tickets-new").textContent === "1 new"`)
		p.Select("#status", "closed")
		p.WaitFor("nothing found", `document.querySelector("#tickets .empty")`)
		p.Back()
		p.WaitFor("both needles", `document.querySelectorAll("#tickets tbody tr[data-id]").length === 2 && document.getElementById("status").value === ""`)
		p.WaitForStreams(1)
	})
}

func TestColleaguesFollowEachOther(t *testing.T) {
	onEachClient(t, func(t *testing.T, d *desk, link func(string) string) {
		id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Between us"}))
		path := fmt.Sprintf("/tickets/%d", id)
		ann := d.enter(t, d.ann, link(path))
		anne := d.enter(t, d.anne, link("/tickets"))
		ann.Type("#comment-form textarea", "Half a sent")

		other := d.enter(t, d.anne, link(path))
		other.Type("#comment-form textarea", "I am on it")
		other.Click("#comment-form button")
		other.WaitFor("an empty form", `document.querySelector("#comment-form textarea").value === ""`)
		ann.WaitFor("the comment", `document.querySelector("#comments").textContent.includes("I am on it")`)
		ann.WaitFor("her own half sentence", `document.querySelector("#comment-form textarea").value === "Half a sent"`)

		other.Click("#edit summary")
		other.Select("#edit-form [name=status]", "pending")
		other.Click("#edit-form button")
		other.WaitForText("#notice", fmt.Sprintf("Ticket %d is saved.", id))
		ann.WaitFor("the status", `document.querySelector("#ticket-facts .status").textContent === "pending"`)
		anne.WaitFor("the row", fmt.Sprintf(`document.querySelector("#ticket-%d .status").textContent === "pending"`, id))

		other.Click("#delete summary")
		other.Click("#delete button")
		other.WaitFor("the list", `location.pathname === "/tickets"`)
		ann.WaitFor("that it is gone", `document.getElementById("ticket-main").textContent.includes("This ticket is gone")`)
		anne.WaitFor("the row that is gone", fmt.Sprintf(`document.querySelector("#ticket-%d.gone")`, id))
	})
}

// The form that edits a ticket is live, so only what is wrong with it is sent back: it keeps what was typed.
func TestAnEditThatIsWrongStays(t *testing.T) {
	onEachClient(t, func(t *testing.T, d *desk, link func(string) string) {
		id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Door"}))
		p := d.enter(t, d.ann, link(fmt.Sprintf("/tickets/%d", id)))
		p.AllowConsole("422")
		p.Click("#edit summary")
		p.Select("#edit-form [name=status]", "pending")
		browsertest.Eval[any](p, `document.querySelector("#edit-form [name=title]").value = " "`)
		p.Click("#edit-form button")
		p.WaitFor("what is wrong", `document.querySelector("#edit-wrong").textContent.startsWith("Title: Please write something")`)
		p.WaitFor("what was entered", `document.querySelector("#edit-form [name=title]").value === " " && document.querySelector("#edit-form [name=status]").value === "pending"`)
		p.Type("#edit-form [name=title]", "Door in room 7")
		p.Click("#edit-form button")
		p.WaitForText("#ticket-main h1", "Door in room 7")
		p.WaitFor("that nothing is wrong any more", `document.querySelector("#edit-wrong").textContent === "" && document.querySelector("#ticket-facts .status").textContent === "pending"`)
		p.WaitForStreams(1)
	})
}

// Somebody who looks elsewhere while an answer is under way stays there.
func TestAnAnswerDoesNotScrollThePage(t *testing.T) {
	onEachClient(t, func(t *testing.T, d *desk, link func(string) string) {
		id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Door"}))
		p := d.enter(t, d.ann, link(fmt.Sprintf("/tickets/%d", id)))
		p.Type("#comment-form textarea", "On my way")
		at := browsertest.Eval[float64](p, `(() => {
			const send = document.querySelector("#comment-form button"), edit = document.querySelector("#edit summary");
			send.focus();
			send.click();
			edit.scrollIntoView({ block: "center", behavior: "instant" });
			return edit.getBoundingClientRect().top;
		})()`)
		p.WaitFor("the answer", `document.querySelector("#comments [data-id]") && document.querySelector("#comment-form textarea").value === ""`)
		p.WaitForStreams(1)
		if now := browsertest.Eval[float64](p, `document.querySelector("#edit summary").getBoundingClientRect().top`); now < at-1 || now > at+1 {
			t.Errorf("what was at %.0f is at %.0f", at, now)
		}
	})
}

func TestTwoEditTheSameTicket(t *testing.T) {
	onEachClient(t, func(t *testing.T, d *desk, link func(string) string) {
		id := must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "Door", Priority: "low"}))
		ann := d.enter(t, d.ann, link(fmt.Sprintf("/tickets/%d", id)))
		ann.Click("#edit summary")
		ann.Select("#edit-form [name=status]", "solved")
		ann.Type("#edit-form [name=title]", " in room 7")

		update := func(edit store.Edit) {
			if err := d.db.UpdateTicket(t.Context(), d.anne, id, edit); err != nil {
				t.Fatal(err)
			}
		}
		update(store.Edit{Title: new("Door squeaks"), Status: new("pending"), Priority: new("high")})
		ann.WaitFor("the priority, which she has not touched", `document.querySelector("#edit-form [name=priority]").value === "high"`)
		ann.WaitFor("what she typed, and the cursor", `(e => e.name === "title" && e.value === "Door in room 7" && e.selectionStart === 14)(document.activeElement)`)
		ann.WaitFor("what she chose", `document.querySelector("#edit-form [name=status]").value === "solved"`)
		now := `[...document.querySelectorAll("#edit-form .theirs")].map(e => e.textContent).join()`
		ann.WaitFor("what is saved now", now+` === "Now: Door squeaks,Now: Pending"`)
		ann.WaitFor("the sentence that says so", `document.getElementById("edit-theirs").textContent.startsWith("A colleague has changed this ticket")`)
		update(store.Edit{Status: new("solved")})
		ann.WaitFor("that they agree again", now+` === "Now: Door squeaks"`)

		ann.Click("#edit-form button")
		ann.WaitForText("#ticket-main h1", "Door in room 7")
		ann.WaitFor("that nothing disagrees", now+` === "" && document.getElementById("edit-theirs").textContent === ""`)
		saved := must(d.db.Ticket(t.Context(), d.ann.Scope(), id))
		if saved.Title != "Door in room 7" || saved.Status != store.StatusSolved || saved.Priority != store.High {
			t.Errorf("saved is %q, %s, %s", saved.Title, saved.Status, saved.Priority)
		}
	})
}

// A row that a colleague changes lights up, unless the person wants less motion. One sentence says it for all of them.
func TestChangesAreSeenAndHeard(t *testing.T) {
	d := open(t, 30)
	p := d.enter(t, d.boss, "/tickets")
	const lit = `document.getAnimations().filter(a => a.animationName === "lit").map(a => a.effect.target.id).join()`
	rename := func(id int64, title string) {
		if err := d.db.UpdateTicket(t.Context(), d.boss, id, store.Edit{Title: &title}); err != nil {
			t.Fatal(err)
		}
	}
	if got := browsertest.Eval[string](p, lit); got != "" {
		t.Errorf("%s is lit before anything changed", got)
	}
	rename(28, "Changed")
	p.WaitFor("the row that lights up", lit+` === "ticket-28"`)
	rename(27, "Changed, too")
	p.WaitForText("[data-live-announce]", "2 tickets changed")
	p.WaitFor("rows at rest", lit+` === ""`)

	p.LessMotion()
	rename(26, "Changed quietly")
	p.WaitForText("#ticket-26 .title", "Changed quietly")
	if got := browsertest.Eval[string](p, lit+` + document.querySelector("#ticket-26").className`); got != "" {
		t.Errorf("with less motion %s is lit", got)
	}
	p.WaitForText("[data-live-announce]", "1 ticket changed")
}

func TestPagesTurnAndComeBack(t *testing.T) {
	onEachClient(t, func(t *testing.T, d *desk, link func(string) string) {
		p := d.enter(t, d.boss, link("/archive"))
		current := func(n string) string {
			return fmt.Sprintf(`document.querySelector("#archive-pages [aria-current]").textContent === "%s"`, n)
		}
		p.Click("#archive-pages a[rel=next]")
		p.WaitFor("page 2", current("2")+` && location.search.includes("offset=25")`)
		p.Click("#archive-pages a[rel=last]")
		p.WaitFor("page 4", current("4"))
		must(d.db.CreateTicket(t.Context(), d.ann, store.Draft{Title: "One more"}))
		p.WaitFor("the count", `document.getElementById("archive-count").textContent.startsWith("81 tickets")`)
		p.Back()
		p.WaitFor("page 2 again", current("2"))
		p.Forward()
		p.WaitFor("page 4 again", current("4"))
		p.WaitForStreams(1)
	})
}

func TestSessionThatEndedLeadsToTheLogin(t *testing.T) {
	onEachClient(t, func(t *testing.T, d *desk, link func(string) string) {
		p := d.enter(t, d.boss, link("/tickets"))
		p.AllowConsole("401")
		browsertest.Eval[int](p, `fetch("/logout", {method: "POST", redirect: "manual"}).then(() => 1)`) // as another tab would
		p.WaitFor("the end of the stream", `document.getElementById("live-status").dataset.state === "offline"`)
		if p.Has("#tickets tr[data-id]") || p.Has("#ticket-pages a") {
			t.Error("tickets are still on the page")
		}
		p.Type("#q", "printer\r")
		p.WaitFor("the login", `location.pathname === "/login"`)
	})
}
