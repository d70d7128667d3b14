package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What templates call to show values to people. All of it is pure: the same value looks the same in every render, so
// that nothing is sent because a clock went on. ("3 minutes ago" would be.)

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func clock(t time.Time) string { return t.UTC().Format(time.TimeOnly) }

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func iso(t time.Time) string { return t.Format(time.RFC3339) }

// count writes 1234567 as 1,234,567.
func count(n any) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// size writes bytes with a unit.
func size(bytes uint64) string {
	n, units := float64(bytes), []string{"B", "KB", "MB", "GB", "TB"}
	i := 0
	for ; n >= 1000 && i < len(units)-1; i++ {
		n /= 1024
	}
	if n >= 100 || i == 0 {
		return fmt.Sprintf("%.0f %s", n, units[i])
	}
	return fmt.Sprintf("%.1f %s", n, units[i])
}

func percent(share float64) string { return fmt.Sprintf("%.0f%%", share*100) }

// span writes a duration with its two largest units.
func span(d time.Duration) string {
	days, d := int(d/(24*time.Hour)), d%(24*time.Hour)
	hours, minutes, seconds := int(d/time.Hour), int(d%time.Hour/time.Minute), int(d%time.Minute/time.Second)
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min %d s", minutes, seconds)
	default:
		return fmt.Sprintf("%d s", seconds)
	}
}

func capitalize(v any) string {
	text := fmt.Sprint(v)
	first, width := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[width:]
}

// shortText is how much of a text short leaves, in characters.
const shortText = 120

// short is the beginning of a text, as text: what is no UTF-8 is left out.
func short(text string) string {
	n := 0
	for i := range text {
		if n++; n > shortText {
			return strings.ToValidUTF8(text[:i], "") + "…"
		}
	}
	return strings.ToValidUTF8(text, "")
}

// initials are those of the first and the last name.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 {
		return string(first)
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return string([]rune{first, last})
}

// icon is a drawing in the colour of the text beside it.
func icon(name string) (template.HTML, error) {
	paths := map[string]string{
		"inbox":   `<path d="M3 13h4.5a1.5 1.5 0 0 1 1.4 1 3.3 3.3 0 0 0 6.2 0 1.5 1.5 0 0 1 1.4-1H21M5.6 5.5 3 13v4.5A1.5 1.5 0 0 0 4.5 19h15a1.5 1.5 0 0 0 1.5-1.5V13l-2.6-7.5a1.5 1.5 0 0 0-1.4-1H7a1.5 1.5 0 0 0-1.4 1Z"/>`,
		"archive": `<path d="M3 5h18v4H3zM5 9v10h14V9M10 13h4"/>`,
		"chart":   `<path d="M4 20V10M10 20V4M16 20v-7M21 20H3"/>`,
		"pulse":   `<path d="M3 12h4l3-7 4 14 3-7h4"/>`,
		"eye":     `<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z"/><circle cx="12" cy="12" r="2.75"/>`,
		"out":     `<path d="M14 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h8M10 12h11M17.5 8.5 21 12l-3.5 3.5"/>`,
		"plus":    `<path d="M12 5v14M5 12h14"/>`,
		"search":  `<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>`,
		"pen":     `<path d="M4 20h4L19.5 8.5a2.1 2.1 0 0 0-3-3L5 17l-1 3ZM14.5 7.5l3 3"/>`,
		"bin":     `<path d="M4 7h16M9 7V4.5h6V7M6 7l1 13h10l1-13M10 11v5M14 11v5"/>`,
	}
	path, ok := paths[name]
	if !ok {
		return "", fmt.Errorf("there is no icon %q", name)
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">` + path + `</svg>`), nil //nolint:gosec // ours
}
