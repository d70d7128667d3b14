package live

import (
	"database/sql/driver"
	"reflect"
	"strconv"
	"strings"
)

// valueText is a text that is equal for values which a database could find equal, "" for NULL. It is false for a value that
// has none: its equality has rules of its own, or it is too long.
func valueText(value any) (text string, ok bool) {
	switch v := value.(type) { // what drivers give, which needs no reflection
	case nil:
		return "", true
	case int64:
		return strconv.FormatInt(v, 10), true
	case string:
		return foldText(v)
	case driver.Valuer:
		plain, err := driver.DefaultParameterConverter.ConvertValue(v)
		if err != nil {
			return "", false
		}
		return valueText(plain)
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return "", true
		}
		return valueText(v.Elem().Interface())
	case reflect.Bool:
		return foldText(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), true
	case reflect.Float32, reflect.Float64:
		return numberText(v.Float()), true
	case reflect.String:
		return foldText(v.String())
	default:
		return "", false
	}
}

// textMost is the most bytes of a text that is compared.
const textMost = 64

// foldText is one text for all texts that a database could take for equal: numbers, booleans, UUIDs, whatever their case and
// the spaces around them.
func foldText(s string) (text string, ok bool) {
	if len(s) > textMost {
		return "", false
	}
	s = strings.ToLower(strings.TrimSpace(s))
	switch s {
	case "t", "tr", "tru", "true", "y", "ye", "yes", "on":
		return "1", true
	case "f", "fa", "fal", "fals", "false", "n", "no", "of", "off":
		return "0", true
	}
	if len(s) < uuidLeast && !strings.ContainsAny(s[:min(1, len(s))], "0123456789+-.in") {
		return s, true // not an infinity or a NaN either
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return strconv.FormatInt(n, 10), true
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		return strconv.FormatUint(n, 10), true
	}
	if id, ok := uuidText(s); ok {
		return id, true
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return numberText(f), true
	}
	return s, true
}

// uuidLeast is how long a UUID is without what may stand between its digits.
const uuidLeast = 32

// uuidText is the digits of a UUID, whatever stands between and around them.
func uuidText(s string) (digits string, ok bool) {
	if len(s) < uuidLeast {
		return "", false
	}
	digits = strings.NewReplacer("-", "", "{", "", "}", "").Replace(s)
	if len(digits) != uuidLeast || strings.Trim(digits, "0123456789abcdef") != "" {
		return "", false
	}
	return digits, true
}

// numberText is equal for equal numbers, integers or not.
func numberText(f float64) string { return strconv.FormatFloat(f+0, 'f', -1, 64) }
