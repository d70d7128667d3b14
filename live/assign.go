package live

import "sync"

// Status of an assign, as fragments see it.
const (
	StatusReady   = "ready"
	StatusLoading = "loading" // LoadUntilConnected, before the stream is open
	StatusGone    = "gone"    // the fetch returned ErrGone
	StatusCleared = "cleared" // the fetch returned ErrForbidden
)

// value is an assign as fragments see it.
type value struct {
	status string
	result any
}

func (v *value) Status() string { return v.status }

func (v *value) Value() any { return v.result }

// list is a value with keyed rows.
type list struct {
	value
	rows    []listRow
	pending int
	was     *list // while this is rendered: what was rendered before, if its rows can be compared
	at      int   // the row of was at which the last search ended
}

type listRow struct {
	key   string
	value any
	memo  *memo // nil: the row is gone
}

func (l *list) Len() int { return len(l.rows) }

func (l *list) Row(i int) (key string, value any, gone bool) {
	r := l.rows[i]
	return r.key, r.value, r.memo == nil
}

func (l *list) Pending() int { return l.pending }

// Same tells whether row i is what it was when the version was rendered that [Fragment] is given to render from.
func (l *list) Same(i int) bool {
	if l.was == nil || l.rows[i].memo == nil {
		return false
	}
	for range l.was.rows { // most rows stand where they stood, or one further
		if l.at == len(l.was.rows) {
			l.at = 0
		}
		was := l.was.rows[l.at]
		l.at++
		if was.key == l.rows[i].key {
			return was.memo != nil && was.value == l.rows[i].value
		}
	}
	return false
}

// Once renders row i for who, once for all lists that share the row.
func (l *list) Once(i int, who any, render func() ([]byte, error)) ([]byte, error) {
	if l.rows[i].memo == nil {
		return render()
	}
	return l.rows[i].memo.once(who, render)
}

// memo remembers what a row rendered to, while the views of one refetch are made.
type memo struct {
	mu   sync.Mutex
	made map[any][]byte // guarded by mu
}

func (m *memo) once(who any, render func() ([]byte, error)) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b, ok := m.made[who]; ok {
		return b, nil
	}
	b, err := render()
	if err == nil && m.made != nil {
		m.made[who] = b
	}
	return b, err
}

// forget ends the remembering: the renderings hold what is needed from here on.
func (m *memo) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.made = nil
}
