package store

// The people and the words that a new helpdesk is filled with. In titles and texts % stands for a number.

// seedTeam is a team with the people, the troubles and the answers that are typical for it.
type seedTeam struct {
	name    string
	agents  []string
	titles  []string
	bodies  []string
	answers []string
}

func seedAdmin() string { return "Ada Lindqvist" }

func seedTeams() []seedTeam { return []seedTeam{billing(), technical(), delivery()} }

func billing() seedTeam {
	return seedTeam{
		name:   "Billing",
		agents: []string{"Bruno Keller", "Chidi Okafor", "Hannah Weiss", "Mei Tanaka"},
		titles: []string{
			"Charged twice for invoice %", "Refund for order % has not arrived", "VAT number missing on invoice %",
			"Card declined, though the bank says it is fine", "Please send invoice % to accounting instead",
			"Cancel the subscription at the end of the month", "Discount code from the newsletter was not applied",
			"Invoice % shows the old address", "Yearly plan was renewed by mistake", "Why did the price go up?",
			"Payment reminder for an invoice we have paid", "Change from card to bank transfer",
			"Receipt for % needed for the tax office", "Two accounts, one bill, please",
		},
		bodies: []string{
			"Hello,\n\nmy bank statement shows the same amount twice, on the same day. Could you look into it and send one of them back?",
			"Our accountant needs a corrected document before the quarter ends. Nothing else has to change.",
			"I tried three times, with two cards. Each time the page says that the payment failed, without a reason.",
			"I have read the help pages, but I could not find where this can be changed.\n\nThank you for your help!",
			"We have paid on time, and the money has left our account. Please stop the reminders.",
		},
		answers: []string{
			"I have started the refund; it takes three to five working days.", "The corrected invoice is on its way to you.",
			"Could you tell us the last four digits of the card?", "I have asked our bank and will come back to you tomorrow.",
			"Found it: the two payments belong to two orders. Shall I merge them?",
		},
	}
}

func technical() seedTeam {
	return seedTeam{
		name:   "Technical",
		agents: []string{"Elif Yılmaz", "Jonas Berg", "Priya Raman", "Tomás Herrera"},
		titles: []string{
			"Cannot log in since the update", "Export to CSV stops after % rows", "Password reset mail never arrives",
			"App closes when I open the camera", "Import says 'unknown column' in line %", "Page stays white in Firefox",
			"Two-factor code is always refused", "Search finds nothing for names with umlauts", "API answers 429 after % requests",
			"Calendar shows every event one hour late", "Printer leaves out the last page", "Sync has been stuck for % minutes",
			"Attachments over 10 MB fail without a message", "Webhook is delivered twice", "Dark mode: the text is dark, too",
		},
		bodies: []string{
			"Steps:\n1. Open the page\n2. Press the button\n3. Nothing happens\n\nIt worked last week. I have already emptied the cache.",
			"It happens on two of our five computers, with the same account and in the same network.",
			"The message disappears before I can read it. I have attached a screenshot of the moment just before.",
			"This blocks our whole team since this morning. Is there a way around it?",
			"Not urgent, but it would be lovely to have this working again before the holidays.",
		},
		answers: []string{
			"Thank you, I can reproduce this. A fix will be in the next release.", "Could you send us the version number from the About page?",
			"As a way around it: please log out, and in again in a private window.", "The fix is out. Does it work for you now?",
			"I have passed this on to the developers, with your screenshot.",
		},
	}
}

func delivery() seedTeam {
	return seedTeam{
		name:   "Delivery",
		agents: []string{"Amara Diallo", "Lukas Novák", "Nora Lindholm", "Samuel Ortiz"},
		titles: []string{
			"Parcel % has not moved for days", "The wrong colour was delivered", "One item of order % is missing",
			"Please deliver to our neighbours", "Change the address of order %", "The box arrived open and wet",
			"Return label does not print", "Where is the replacement for order %?", "Courier says that nobody was home",
			"Delivery on a Saturday, is that possible?", "Tracking number % is unknown", "Order % came twice",
			"Collect the old machine, please", "Gift message was on the wrong parcel",
		},
		bodies: []string{
			"The tracking page has shown the same line since Monday. The present is for a birthday on Friday.",
			"I have unpacked everything, twice. The list says two, the box holds one.",
			"Nobody rang the bell; we were at home all day. Please try again, after four if you can.",
			"We have moved. The new address is in my account, but the order still has the old one.",
			"The outer box is soaked, the goods seem to be fine. I only want you to know before I open them.",
		},
		answers: []string{
			"The courier will try again tomorrow between four and six.", "A replacement left our warehouse this morning.",
			"I have changed the address; you will get a new tracking number.", "Please keep the second parcel, with our apologies.",
			"Could you send us a photograph of the label?",
		},
	}
}

// seedCustomers are first and last names, to be combined.
func seedCustomers() (first, last []string) {
	first = []string{
		"Aiko", "Anna", "Ben", "Carla", "Daniel", "Dmitri", "Emma", "Fatima", "Georg", "Giulia", "Ines", "Ivan", "Jamal", "Julia",
		"Kofi", "Lena", "Luis", "Maria", "Marek", "Nadia", "Olga", "Oscar", "Paula", "Ravi", "Rosa", "Sofia", "Tariq", "Yuki", "Zoë",
	}
	last = []string{
		"Abebe", "Andersen", "Bauer", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Haddad", "Ito", "Jansen", "Kowalski", "Larsen",
		"Mbeki", "Moreau", "Nguyen", "O'Brien", "Petrov", "Rossi", "Schmidt", "Silva", "Svensson", "Tran", "Vogel", "Walker", "Zhang",
	}
	return first, last
}
