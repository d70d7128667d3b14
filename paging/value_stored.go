package paging

import "reflect"

// guards are true for rows in which the values have the form that their keys say, and end the query with a sentence at one that
// has not: a cursor would be compared with something else than what the column holds. Only SQLite has any form in any column.
func (o Options) guards(d Dialect) condition {
	if d != SQLite {
		return condition{}
	}
	var all []condition
	for _, k := range o.sort.Keys {
		test, form := k.form()
		if test == "" {
			continue
		}
		all = append(all, raw("CASE WHEN "+test+" THEN 1 ELSE "+failing("paging: a row has "+k.Column+" in another form than "+form)+" END"))
	}
	return and(all...)
}

// form is true for rows with NULL or a value in the form of this key, and what says so. SQLite finds text above all numbers and
// bytes above all text, even where a driver makes one of the other.
func (k Key) form() (test, says string) {
	kind := "typeof(" + k.Column + ")"
	switch {
	case k.Layout != "":
		return k.hasForm(), "Key.Layout says, " + k.Layout
	case k.Type == Binary || k.Type == AsGiven && k.stored == storedBytes:
		return kind + " IN ('blob', 'null')", "bytes: read text into a string"
	case k.stored == storedBool:
		return kind + " IN ('integer', 'null')", "a number, which a bool is to SQLite: read text into a string"
	case k.stored == storedText:
		// What is put together has no affinity: a column of numbers makes a number of it, as of a cursor, and a column of no type does not.
		return kind + " <> 'blob' AND (" + kind + " <> 'integer' OR " + k.Column + " = CAST(" + k.Column + " AS TEXT) || '')",
			"text: read bytes into a []byte and numbers into a number"
	default:
		return "", ""
	}
}

// stored is what a value is in SQLite, as far as the type of its field says it.
type stored int

const (
	storedUnknown stored = iota
	storedText
	storedBytes
	storedBool
)

// storedAs is what the values of a field are in SQLite.
func storedAs(t reflect.Type) stored {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case isValuer(t):
		return storedUnknown
	case t.Kind() == reflect.String:
		return storedText
	case t.Kind() == reflect.Bool:
		return storedBool
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return storedBytes
	default:
		return storedUnknown
	}
}
