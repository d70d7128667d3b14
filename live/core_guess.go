package live

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// guess is why nobody has told a query that its result has changed.
type guess uint8

const (
	guessUnpublished guess = iota // nobody has published what it follows
	guessClock                    // the result depends on what changes and tells nobody
	guessSkipped                  // facts said that the change does not matter
	guessUnfollowed               // it reads what it does not follow
	guessDeaf                     // it follows nothing
	guessCondition                // live.Where leaves out what the result depends on
)

// symptoms is what a guess is made from.
type symptoms struct {
	clock      string   // what the check has read that changes and tells nobody
	skipped    string   // the newest topic of which a change was skipped since the fetch before; "" is none
	unfollowed []string // topics that the check has read and that were not followed
	follows    []string // topics
}

// guess is what is missing, in a sentence.
func (s symptoms) guess() (guess, string) {
	narrowed := slices.DeleteFunc(slices.Clone(s.follows), func(topic string) bool { return !strings.Contains(topic, "?") })
	switch {
	case s.clock != "":
		return guessClock, fmt.Sprintf("the result depends on %s, which changes and tells nobody: set RefetchInterval, or NoRefetch where the first result stays right", s.clock)
	case s.skipped != "":
		return guessSkipped, fmt.Sprintf("a change of %q was published and skipped, for its facts said that it changes no row which is shown: is RowsOf right, and does a row show nothing of others?", s.skipped)
	case len(s.unfollowed) > 0:
		return guessUnfollowed, fmt.Sprintf("the check has read %q, which the fetch before had not: what decides what is read must be followed too", s.unfollowed)
	case len(s.follows) == 0:
		return guessDeaf, "no topic is followed: give Fetch's ctx to a database that calls live.Reads, or set Subscribe, RefetchInterval or NoRefetch"
	case len(narrowed) > 0:
		return guessCondition, fmt.Sprintf("nobody published what is followed. live.Where says that only rows with %s are read: do the statements read others? "+
			"Or is a Publish missing, or a trigger, or does another program write, or does the result depend on the time?", conditionsText(narrowed))
	default:
		return guessUnpublished, "nobody published what is followed: is a Publish or a trigger missing, does it come before the commit, does another program write, or does the result depend on the time?"
	}
}

// conditionsText is the conditions of narrowed topics in words.
func conditionsText(topics []string) string {
	var all []string
	for _, topic := range topics {
		text := topic[strings.LastIndex(topic, "?")+1:]
		if plain, err := url.QueryUnescape(text); err == nil {
			text = strings.ReplaceAll(plain, "&", " and ")
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}
