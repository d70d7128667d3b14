package live

import (
	"database/sql"
	"database/sql/driver"
	"math/rand/v2"
	"strings"
	"testing"
)

// What a database can find equal has one text, and that text is folded to itself: it travels, and is folded again where it arrives.
func TestEqualValuesHaveOneText(t *testing.T) {
	text := "65 is one too many: 0123456789012345678901234567890123456789012345"
	for _, equal := range [][]any{
		{nil, (*int)(nil), (*string)(nil), sql.NullString{}},
		{1, int64(1), uint8(1), "1", " 01 ", "1.0", "1e0", "10e-1", "+1", true, "yes", "0.1e1", 1.0, float32(1), driver.Valuer(sql.NullInt64{Int64: 1, Valid: true})},
		{0, "-0", "0.000", "0e9", false, "off"},
		{-30, "-3e1", "-30.00", float64(-30)},
		{"9007199254740993.00", int64(9007199254740993), "9007199254740993", "9007199254740.993e3"},
		{0.1, float32(0.1), "0.10", ".1", "1e-1"},
		{"1e300", 1e300, "1" + strings.Repeat("0", 3) + "e297"},
		{"Infinity", "inf", "+INF"},
		{"00000000-0000-0000-0000-000000000001", "{00000000000000000000000000000001}", [16]byte{15: 1}},
		{"7C9E6679-7425-40de-944b-e07fc1f90ae7", "7c9e6679742540de944be07fc1f90ae7", [16]byte{0x7c, 0x9e, 0x66, 0x79, 0x74, 0x25, 0x40, 0xde, 0x94, 0x4b, 0xe0, 0x7f, 0xc1, 0xf9, 0x0a, 0xe7}},
		{"Open", "open ", new("OPEN")},
	} {
		want, ok := valueText(equal[0])
		if again, _ := foldText(want); !ok || again != want {
			t.Errorf("%v is %q, which is folded to %q", equal[0], want, again)
		}
		for _, value := range equal[1:] {
			if got, ok := valueText(value); !ok || got != want {
				t.Errorf("%v of %T is %q (%v), want %q", value, value, got, ok, want)
			}
		}
	}
	for _, one := range []string{"9007199254740993", "9007199254740992", "1e300", "1e301", "0.1", "0.10000000149011612", "a", "1a", "e5", "1e", "+-1", ".", "e"} {
		for _, other := range []string{"9007199254740994", "1e299", "0.01", "b", "1b", "", "1.0.0", "--1"} {
			a, _ := valueText(one)
			if b, _ := valueText(other); a == b {
				t.Errorf("%q and %q are both %q", one, other, a)
			}
		}
	}
	for _, long := range []any{text, &text, sql.NullString{String: text, Valid: true}} {
		if _, ok := valueText(long); ok || !isLongText(long) {
			t.Errorf("%T of %d bytes: compared %v, long %v", long, len(text), ok, isLongText(long))
		}
	}
}

func TestFoldedTextsStayAsTheyAre(t *testing.T) {
	draw := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for range 100_000 {
		b := make([]byte, draw.IntN(12))
		if draw.IntN(4) == 0 {
			b = make([]byte, 32)
		}
		for i := range b {
			b[i] = "0000123456789abcdefEe.+-{}- tru"[draw.IntN(31)]
		}
		folded, ok := foldText(string(b))
		if again, _ := foldText(folded); !ok || again != folded {
			t.Fatalf("%q is %q, and folded again %q", b, folded, again)
		}
	}
}

// A topic that a page writes may have any number of conditions.
func TestManyConditionsAreNotMultiplied(t *testing.T) {
	var many []string
	for _, a := range "abcdefgh" {
		for _, b := range "abcdefgh" {
			many = append(many, string(a)+string(b)+"=1", string(a)+string(b)+"=2") // 64 columns of two values: 2^64 is 0
		}
	}
	if n := parseNarrowed("t?"+strings.Join(many, "&"), nil); n.columns != nil {
		t.Errorf("it stands in the index for %d columns", len(n.columns))
	}
}
