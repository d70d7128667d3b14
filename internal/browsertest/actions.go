package browsertest

// w3cEnter is WebDriver's name for the enter key.
const w3cEnter = "\uE006"

// w3cActions is what WebDriver, classic or BiDi, calls the steps: a mouse and a keyboard that take turns.
func w3cActions(steps []step) []any {
	var mouse, keys []any
	pause := map[string]any{"type": "pause", "duration": 0}
	for _, s := range steps {
		var pointer any
		switch {
		case s.move != nil:
			pointer = map[string]any{"type": "pointerMove", "x": int(s.move.x), "y": int(s.move.y), "origin": "viewport", "duration": 0}
		case s.press:
			pointer = map[string]any{"type": "pointerDown", "button": 0}
		case s.lift:
			pointer = map[string]any{"type": "pointerUp", "button": 0}
		case s.key != 0:
			keys = append(keys, map[string]any{"type": "keyDown", "value": w3cKey(s.key)}, map[string]any{"type": "keyUp", "value": w3cKey(s.key)})
			mouse = append(mouse, pause, pause)
			continue
		case s.down != 0:
			keys, mouse = append(keys, map[string]any{"type": "keyDown", "value": w3cKey(s.down)}), append(mouse, pause)
			continue
		case s.up != 0:
			keys, mouse = append(keys, map[string]any{"type": "keyUp", "value": w3cKey(s.up)}), append(mouse, pause)
			continue
		default:
			pointer = map[string]any{"type": "pause", "duration": s.pause.Milliseconds()}
		}
		mouse, keys = append(mouse, pointer), append(keys, pause)
	}
	return []any{
		map[string]any{"type": "pointer", "id": "mouse", "parameters": map[string]any{"pointerType": "mouse"}, "actions": mouse},
		map[string]any{"type": "key", "id": "keyboard", "actions": keys},
	}
}

func w3cKey(key rune) string {
	if key == '\r' {
		return w3cEnter
	}
	return string(key)
}
