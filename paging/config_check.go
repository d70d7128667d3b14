package paging

import (
	"errors"
	"fmt"
	"strings"
)

func (c Config) checkNumbers() error {
	switch {
	case c.Mode < Keyset || c.Mode > Either:
		return fmt.Errorf("paging: Config.Mode is %d: want Keyset, Offset or Either", c.Mode)
	case c.Count < CountNever || c.Count > CountAlways:
		return fmt.Errorf("paging: Config.Count is %d: want CountNever, CountAllowed or CountAlways", c.Count)
	case c.Limit < 1 || c.MaxLimit < c.Limit:
		return fmt.Errorf("paging: Config.Limit is %d and MaxLimit %d: want 0 < Limit <= MaxLimit", c.Limit, c.MaxLimit)
	case c.MaxOffset < 0 || c.CountCap < 0 || c.Window < 0:
		return errors.New("paging: Config.MaxOffset, CountCap and Window cannot be negative")
	}
	return nil
}

// check reports what is wrong with a sort. That its last key is unique only the database knows.
func (s Sort) check() error {
	if s.Name == "" || len(s.Keys) == 0 {
		return fmt.Errorf("paging: the sort %q needs a name and at least one key", s.Name)
	}
	for i, k := range s.Keys {
		if strings.ContainsAny(k.Column, "?"+mark) {
			return fmt.Errorf("paging: the column %s of the sort %q has a question mark, which query builders take for a "+
				"placeholder: PostgreSQL's operator ? is jsonb_exists(a, b)", k.Column, s.Name)
		}
		if k.Column == "" || k.Nulls < NotNull || k.Nulls > NullsLast || k.Type < AsGiven || k.Type > Binary {
			return fmt.Errorf("paging: key %d of the sort %q needs a column, a known null placement and a known type", i, s.Name)
		}
	}
	if last := s.Keys[len(s.Keys)-1]; last.Nulls != NotNull {
		return fmt.Errorf("paging: the last key of the sort %q, %s, must be unique and never NULL", s.Name, last.Column)
	}
	return nil
}

// checkNative refuses a place of NULLs that no index of the database has. The first key may have any: its NULLs are a range of
// their own.
func (s Sort) checkNative(d Dialect) error {
	if d != SQLite && d != MySQL {
		return nil
	}
	for i, k := range s.Keys {
		if native := nativeNulls(k.Desc); i > 0 && !k.isNative() {
			return fmt.Errorf("paging: %s has no index for the sort %q, where %s has%s: it would sort all rows for every page. "+
				"Its own order has%s there; Config.AllowSort allows the other", d, s.Name, k.Column, k.Nulls.words(), native.words())
		}
	}
	return nil
}

// isNative reports whether the indexes of SQLite and MySQL have the NULLs of k where the sort does.
func (k Key) isNative() bool { return k.Nulls == NotNull || k.Nulls == nativeNulls(k.Desc) }

// nativeNulls is where SQLite and MySQL have NULLs without being told.
func nativeNulls(desc bool) Nulls {
	if desc {
		return NullsLast
	}
	return NullsFirst
}
