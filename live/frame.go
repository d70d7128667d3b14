package live

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// frameVersion is what this program writes. A frame of another version may say anything: it counts as a gap.
const frameVersion = 1

// frame is what keepers say to each other: JSON, so that any engine can carry it as text.
type frame struct {
	Version int      `json:"v"`
	From    string   `json:"from"` // the node, which need not hear itself
	Topics  []string `json:"topics"`
	Binary  [][]byte `json:"binary,omitempty"` // topics that are no UTF-8 text
}

// Topics that keepers use between themselves. User topics that begin like them are refused.
const (
	reserved    = "htmxlive."
	resyncTopic = reserved + "resync" // a node could not publish: everything may have changed
	kickTopic   = reserved + "kick."
)

// resync, in place of a topic, says that notifications may have been lost.
const resync = ""

// encodeFrames splits topics into as many frames as they need.
func encodeFrames(node string, topics []string) (frames [][]byte) {
	for rest := topics; len(rest) > 0; {
		n := len(rest)
		b := encodeFrame(node, rest)
		for len(b) > MaxFrame && n > 1 {
			n = (n + 1) / 2
			b = encodeFrame(node, rest[:n])
		}
		frames, rest = append(frames, b), rest[n:]
	}
	return frames
}

func encodeFrame(node string, topics []string) []byte {
	f := frame{Version: frameVersion, From: node}
	for _, topic := range topics {
		if utf8.ValidString(topic) {
			f.Topics = append(f.Topics, topic)
		} else {
			f.Binary = append(f.Binary, []byte(topic))
		}
	}
	b, _ := json.Marshal(f) // of strings, which cannot fail
	return b
}

// decodeFrame returns the topics of a frame: none of one that this node has sent, resync for one that it does not
// understand. What is no frame of a keeper is a topic, as a trigger or a person writes it.
func decodeFrame(node string, b []byte) []string {
	if len(b) == 0 {
		return []string{resync}
	}
	var is struct {
		Version json.RawMessage `json:"v"` // of any type, and beside it whatever another version has there
	}
	if b[0] != '{' || json.Unmarshal(b, &is) != nil || is.Version == nil {
		return []string{string(b)}
	}
	var f frame
	switch err := json.Unmarshal(b, &f); {
	case err != nil || f.Version != frameVersion:
		return []string{resync}
	case f.From == node:
		return nil
	}
	for _, topic := range f.Binary {
		f.Topics = append(f.Topics, string(topic))
	}
	return f.Topics
}

func sessionTopic(key string) string { return kickTopic + "s." + hidden(key) }

func userTopic(user string) string { return kickTopic + "u." + hidden(user) }

// hidden keeps what is a secret, such as a session's key, from the broker and the inspector.
func hidden(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

func isKick(topic string) bool { return strings.HasPrefix(topic, kickTopic) }
