package views

import (
	"fmt"
	"maps"
	"slices"
)

// assign is what a fragment may ask of every assign.
type assign interface {
	Value() any
	Status() string
}

// listAssign is an assign of keyed rows.
type listAssign interface {
	assign
	Len() int
	Row(i int) (key string, value any, gone bool)
	Once(i int, who any, render func() ([]byte, error)) ([]byte, error)
}

// sameAssign is a list that knows which rows are what they were when it was rendered before.
type sameAssign interface {
	Same(i int) bool
}

// pendingAssign is an assign that counts the rows a fresh load would add or drop.
type pendingAssign interface {
	assign
	Pending() int
}

// The states of an assign, worst first, and of a fragment that shows it.
const (
	stateCleared = "cleared" // the viewer may not see it any more
	stateGone    = "gone"    // it does not exist any more
	stateLoading = "loading" // it is not there yet
	stateReady   = "ready"
)

// stateOf is the state of a fragment that shows all these assigns: the worst of theirs.
func stateOf(assigns map[string]any) (string, error) {
	if len(assigns) == 0 {
		return "", fmt.Errorf("views: the fragment was given no assigns")
	}
	states := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(assigns)) {
		a, ok := assigns[name].(assign)
		if !ok {
			return "", fmt.Errorf("views: assign %q is a %T, which has no Value and Status", name, assigns[name])
		}
		states[a.Status()] = true
	}
	for _, state := range []string{stateCleared, stateGone, stateLoading} {
		if states[state] {
			return state, nil
		}
	}
	return stateReady, nil
}

// dotOf is what markup is given: the value of the only assign, or all values by name.
func dotOf(assigns map[string]any) any {
	values := make(map[string]any, len(assigns))
	for name, a := range assigns {
		value := a.(assign).Value()
		if len(assigns) == 1 {
			return value
		}
		values[name] = value
	}
	return values
}

// pick is the assign of that name, or the only one when name is empty, as an A.
func pick[A assign](assigns map[string]any, name string) (a A, err error) {
	if name == "" && len(assigns) > 1 {
		return a, fmt.Errorf("views: the fragment depends on %d assigns (%v) and does not say which one it shows: set Assign",
			len(assigns), slices.Sorted(maps.Keys(assigns)))
	}
	for have, value := range assigns {
		if name != "" && name != have {
			continue
		}
		a, ok := value.(A)
		if !ok {
			return a, fmt.Errorf("views: assign %q is a %T, which is not of the kind the fragment shows", have, value)
		}
		return a, nil
	}
	return a, fmt.Errorf("views: there is no assign %q among %v", name, slices.Sorted(maps.Keys(assigns)))
}
