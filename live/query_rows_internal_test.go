package live

import (
	"reflect"
	"testing"
	"time"
)

func TestPlain(t *testing.T) {
	type flat struct {
		ID   int
		Name string
		At   time.Time
	}
	for _, c := range []struct {
		of   reflect.Type
		want bool
	}{
		{reflect.TypeFor[string](), true},
		{reflect.TypeFor[uint8](), true},
		{reflect.TypeFor[time.Duration](), true},
		{reflect.TypeFor[time.Time](), true},
		{reflect.TypeFor[flat](), true},
		{reflect.TypeFor[[3]flat](), true},
		{reflect.TypeFor[float32](), false}, // its zeros differ
		{reflect.TypeFor[float64](), false},
		{reflect.TypeFor[complex128](), false},
		{reflect.TypeFor[*int](), false},
		{reflect.TypeFor[[1]*int](), false},
		{reflect.TypeFor[[]int](), false},
		{reflect.TypeFor[any](), false},
		{reflect.TypeFor[struct{ Score float64 }](), false},
		{reflect.TypeFor[struct {
			Nested struct{ Tags map[string]string }
		}](), false},
	} {
		if got := notPlain(c.of) == nil; got != c.want {
			t.Errorf("%v is plain: %t, want %t", c.of, got, c.want)
		}
	}
}

// Equal keys of another page are other rows: what is frozen of it is shown too.
func TestKeptRowsOfAnotherFrameAreOthers(t *testing.T) {
	ids := map[string]bool{}
	for _, k := range []PinnedRows{{Keys: []byte("[1]")}, {Keys: []byte("[1]"), Frame: "a"}, {Keys: []byte("[1]"), Frame: "b"}, {Keys: []byte("[2]"), Frame: "b"}} {
		ids[k.id()] = true
	}
	if len(ids) != 4 {
		t.Errorf("%d ids", len(ids))
	}
}
