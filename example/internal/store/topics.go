package store

import "strconv"

// The topics that changes are published under. A page subscribes to the narrowest one that covers what it shows.
const (
	// TopicTickets hears of every change to any ticket or comment.
	TopicTickets = "tickets"
)

// TopicTeam hears of every change to a ticket or comment of the team.
func TopicTeam(id int64) string { return "tickets:team:" + strconv.FormatInt(id, 10) }

// TopicTicket hears of changes to one ticket and its comments.
func TopicTicket(id int64) string { return "ticket:" + strconv.FormatInt(id, 10) }

// touched names everything that a change to a ticket of these teams touches. A ticket that moves to another team
// touches both: it leaves one list and enters the other.
func touched(ticket int64, teams ...int64) []string {
	topics := []string{TopicTickets, TopicTicket(ticket)}
	for i, team := range teams {
		if i == 0 || team != teams[0] {
			topics = append(topics, TopicTeam(team))
		}
	}
	return topics
}
