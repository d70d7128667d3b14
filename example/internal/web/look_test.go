package web_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
)

// Nothing shines through the bar at the bottom of a phone, and nothing lies over it.
func TestThePhonesBottomBarIsOpaque(t *testing.T) {
	d := open(t, 80)
	p := d.enter(t, d.boss, "/tickets")
	for _, dark := range []bool{false, true} {
		p.Screen(390, 844, dark)
		p.WaitFor("the screen", fmt.Sprintf(`innerWidth === 390 && matchMedia("(prefers-color-scheme: dark)").matches === %t`, dark))
		p.WaitFor("a page that is scrolled behind it", `(scrollTo(0, 200), scrollY === 200)`)
		got := browsertest.Eval[string](p, `(() => {
			const rail = document.querySelector(".rail"), style = getComputedStyle(rail), { left, top, right, bottom } = rail.getBoundingClientRect();
			const over = [[left + 1, top + 2], [(left + right) / 2, (top + bottom) / 2], [right - 1, bottom - 1]].map(([x, y]) => rail.contains(document.elementFromPoint(x, y)));
			return [style.backgroundColor.split("(")[0], style.opacity, bottom === innerHeight, ...over].join(" ");
		})()`)
		if want := "rgb 1 true true true true"; got != want {
			t.Errorf("dark %t: the bar is %q, want %q", dark, got, want)
		}
	}
}

// Long addresses and many topics of the inspector fit a phone: neither the page nor a part of it scrolls sideways.
func TestTheInspectorFitsAPhone(t *testing.T) {
	d := open(t, 80)
	d.as(t, d.ann).follow("/dashboard?x=" + strings.Repeat("x", 300)).next()
	d.as(t, d.boss).follow("/tickets?status=open&sort=priority&limit=50").next()
	p := d.enter(t, d.boss, "/debug/live")
	for _, width := range []int{320, 390} {
		p.Screen(width, 844, false)
		p.WaitFor("the screen", fmt.Sprintf(`innerWidth >= %d && document.querySelectorAll("#streams tbody tr").length === 3`, width))
		wide := browsertest.Eval[[]string](p, `[document.documentElement, ...document.querySelectorAll("main, main *")]
			.filter(e => e.scrollWidth > e.clientWidth && (e === document.documentElement || getComputedStyle(e).overflowX !== "visible") && !e.closest("thead"))
			.map(e => e.tagName + "." + e.className + " " + e.scrollWidth)`)
		if len(wide) > 0 || browsertest.Eval[int](p, `document.documentElement.scrollWidth`) > width {
			t.Errorf("on %d pixels these scroll sideways: %q", width, wide)
		}
	}
}

// Every time on a page says its zone, beside it where it does not itself.
func TestTimesSayTheirZone(t *testing.T) {
	d := open(t, 30)
	d.somethingHappens(t)
	boss := d.as(t, d.boss)
	boss.follow("/dashboard").next()
	times := regexp.MustCompile(`<time [^>]*>[^<]*</time>([^<]|</?span[^>]*>)*`)
	for _, path := range []string{"/tickets", "/tickets/42", "/archive", "/system", "/debug/live"} {
		all := times.FindAllString(boss.get(path).body, -1)
		if len(all) == 0 {
			t.Errorf("%s shows no time", path)
		}
		for _, one := range all {
			if !strings.Contains(one, "UTC") {
				t.Errorf("%s says %s", path, one)
			}
		}
	}
	boss.get("/dashboard").mustHave(t, "Hours are UTC.", "UTC: ")
}
