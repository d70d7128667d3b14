package live

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// frameVersion is what this program writes. A frame of another version may say anything: it counts as a gap.
const frameVersion = 1

// frame is what keepers say to each other: JSON, so that any engine can carry it as text.
type frame struct {
	Number  uint64   `json:"seq,omitempty"` // see link; 0: it has none
	Version int      `json:"v"`
	From    string   `json:"from"` // the node, which need not hear itself
	Topics  []string `json:"topics"`
	Binary  [][]byte `json:"binary,omitempty"` // topics that are no UTF-8 text
	// Changes of rows. Their topics stand in Topics as well, for nodes that know of no changes. What else stands there is
	// bare: anything of it may have changed.
	Changes []changeFrame `json:"changes,omitempty"`
	// Last makes it a heartbeat, which has no topics and no number: that of the newest frame before it. Nodes that know no numbers
	// hear nothing in it.
	Last     *uint64          `json:"last,omitempty"`
	Silent   map[string]int64 `json:"silent,omitempty"` // nodes that have fallen silent, and when they were heard: so many seconds ago
	Farewell bool             `json:"bye,omitempty"`    // the last heartbeat of a node
}

// maxBody is the most bytes of a frame without its number.
const maxBody = MaxFrame - len(`"seq":18446744073709551615,`)

// numbered is the frame b with its number, which it gets when it is sent.
func numbered(b []byte, number uint64) []byte {
	head := strconv.AppendUint([]byte(`{"seq":`), number, 10)
	return append(append(head, ','), b[1:]...)
}

// heartbeat is a frame of a node without topics.
type heartbeat struct {
	last     uint64
	silent   map[string]int64
	farewell bool
}

func encodeHeartbeat(node string, h heartbeat) []byte {
	b, _ := json.Marshal(frame{Version: frameVersion, From: node, Last: &h.last, Silent: h.silent, Farewell: h.farewell}) // which cannot fail
	return b
}

// changeFrame is a change as it travels. A trigger of a database may write it.
type changeFrame struct {
	Topic string         `json:"t"`
	Table string         `json:"n"`
	Key   string         `json:"k,omitempty"`
	Old   map[string]any `json:"o,omitzero"` // nil: there was no such row
	New   map[string]any `json:"w,omitzero"` // nil: there is none any more
}

// Topics that keepers use between themselves. User topics that begin like them are refused.
const (
	reserved    = "htmxlive."
	resyncTopic = reserved + "resync" // of nodes that know no numbers: they could not publish something
	kickTopic   = reserved + "kick."
)

// resync, in place of a topic, says that notifications may have been lost.
const resync = ""

// encodeFrames splits topics into as many frames as they need.
func encodeFrames(node string, topics []string) (frames [][]byte) {
	for rest := topics; len(rest) > 0; {
		n := len(rest)
		b := encodeFrame(node, rest)
		for len(b) > maxBody && n > 1 {
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

// encodeChanges splits changes, and bare topics beside them, into as many frames as they need. What cannot be encoded
// becomes a bare topic.
func encodeChanges(node string, changes []change, topics []string) (frames [][]byte) {
	var bare []string
	for rest := changes; len(rest) > 0; {
		n := len(rest)
		b, ok := encodeChangeFrame(node, rest)
		for (!ok || len(b) > maxBody) && n > 1 {
			n = (n + 1) / 2
			b, ok = encodeChangeFrame(node, rest[:n])
		}
		if ok && len(b) <= maxBody {
			frames = append(frames, b)
		} else {
			bare = append(bare, rest[0].topic)
		}
		rest = rest[n:]
	}
	return append(frames, encodeFrames(node, append(bare, topics...))...)
}

// encodeChangeFrame is false for changes that hold what is no UTF-8 text.
func encodeChangeFrame(node string, changes []change) (b []byte, ok bool) {
	f := frame{Version: frameVersion, From: node, Topics: topicsOfChanges(changes)}
	ok = true
	for _, c := range changes {
		f.Changes = append(f.Changes, changeFrame{c.topic, c.table, c.key, c.old.values(), c.now.values()})
		ok = ok && utf8.ValidString(c.topic) && utf8.ValidString(c.table) && utf8.ValidString(c.key) && c.old.isText() && c.now.isText()
	}
	b, err := json.Marshal(f)
	return b, ok && err == nil
}

func (r rowTexts) values() map[string]any {
	if r == nil {
		return nil
	}
	values := make(map[string]any, len(r))
	for _, value := range r {
		values[value.column] = value.text
	}
	return values
}

func (r rowTexts) isText() bool {
	for _, value := range r {
		if !utf8.ValidString(value.column) || !utf8.ValidString(value.text) {
			return false
		}
	}
	return true
}

// received is a frame as it was heard.
type received struct {
	from    string   // the node that has sent it; "" where none has
	topics  []string // resync among them: anything may have changed
	changes []change // their topics are not among the topics
	counts  bool     // it has a number, or is a heartbeat, of another node
	number  uint64   // 0: it has none
	heartbeat
}

// decodeFrame hears nothing in a frame that this node has sent, and resync in one that it does not understand. What is no frame
// of a keeper is a topic, as a trigger or a person writes it.
func decodeFrame(node string, b []byte) *received {
	if len(b) == 0 {
		return &received{topics: []string{resync}}
	}
	var is struct {
		Version json.RawMessage `json:"v"` // of any type, and beside it whatever another version has there
	}
	if b[0] != '{' || json.Unmarshal(b, &is) != nil || is.Version == nil {
		return &received{topics: []string{string(b)}}
	}
	var f frame
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // a float64 does not hold every number
	switch err := d.Decode(&f); {
	case err != nil || f.Version != frameVersion:
		return &received{from: f.From, topics: []string{resync}}
	case f.From == node:
		return &received{from: node}
	}
	for _, topic := range f.Binary {
		f.Topics = append(f.Topics, string(topic))
	}
	r := &received{from: f.From, number: f.Number, counts: f.From != "" && (f.Number > 0 || f.Last != nil)}
	if f.Last != nil {
		delete(f.Silent, node) // which is not for others to say
		r.heartbeat = heartbeat{last: *f.Last, silent: f.Silent, farewell: f.Farewell}
	}
	for _, c := range f.Changes {
		r.changes = append(r.changes, changeOf(Change(c)))
	}
	told := topicsOfChanges(r.changes)
	r.topics = slices.DeleteFunc(f.Topics, func(topic string) bool { return slices.Contains(told, topic) })
	return r
}

func sessionTopic(key string) string { return kickTopic + "s." + hidden(key) }

func userTopic(user string) string { return kickTopic + "u." + hidden(user) }

// hidden keeps what is a secret, such as a session's key, from the broker and the inspector.
func hidden(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

func isKick(topic string) bool { return strings.HasPrefix(topic, kickTopic) }
