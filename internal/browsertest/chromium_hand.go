package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func (w *chromiumWindow) act(ctx context.Context, steps []step) error {
	for _, s := range steps {
		var action chromedp.Action[chromedp.Void]
		switch {
		case s.move != nil:
			w.mouse = *s.move
			action = chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, w.mouse.x, w.mouse.y, w.holding()...)
		case s.press:
			w.pressed = true
			action = chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, w.mouse.x, w.mouse.y, chromedp.ButtonLeft, chromedp.ClickCount(1))
		case s.lift:
			w.pressed = false
			action = chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, w.mouse.x, w.mouse.y, chromedp.ButtonLeft, chromedp.ClickCount(1))
		case s.key != 0:
			action = chromedp.KeyEvent(string(s.key))
		case s.down != 0:
			action = keyEvent(s.down, kb.KeyDown, s.down == w.held)
			w.held = s.down
		case s.up != 0:
			action = keyEvent(s.up, kb.KeyUp, false)
			w.held = 0
		default:
			if err := rest(ctx, s.pause); err != nil {
				return err
			}
			continue
		}
		if err := w.do(ctx, action); err != nil {
			return err
		}
	}
	return nil
}

// keyEvent is a key that goes down, once more where it repeats, or up. Chromium makes the press of a character of it itself, unless
// the page prevents that.
func keyEvent(key rune, which input.DispatchKeyEventType, repeats bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		event := *kb.Encode(key)[0]
		event.Type = which
		if which == kb.KeyDown {
			event.Text, event.AutoRepeat = string(key), &repeats
		}
		_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, event)
		return err
	})
}
