package live

import (
	"database/sql/driver"
	"encoding/hex"
	"reflect"
	"strconv"
	"strings"
)

// valueText is a text that is equal for values which a database could find equal, "" for NULL. It is false for a value that
// has none: its equality has rules of its own, or it is too long.
func valueText(value any) (text string, ok bool) {
	value, ok = plainValue(value)
	if !ok {
		return "", false
	}
	switch v := value.(type) { // what drivers give, which needs no reflection
	case nil:
		return "", true
	case int64:
		return strconv.FormatInt(v, 10), true
	case string:
		return foldText(v)
	case [16]byte:
		return foldText(hex.EncodeToString(v[:]))
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Bool:
		return foldText(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), true
	case reflect.Float32:
		return foldText(strconv.FormatFloat(v.Float(), 'g', -1, 32))
	case reflect.Float64:
		return foldText(strconv.FormatFloat(v.Float(), 'g', -1, 64))
	case reflect.String:
		return foldText(v.String())
	default:
		return "", false
	}
}

// plainValue is what a database is given for a value: what its Valuer returns, or what a pointer leads to. It is false where the
// Valuer fails.
func plainValue(value any) (plain any, ok bool) {
	switch v := value.(type) {
	case nil, int64, string:
		return v, true
	case driver.Valuer:
		plain, err := driver.DefaultParameterConverter.ConvertValue(v)
		return plain, err == nil
	}
	v := reflect.ValueOf(value)
	switch {
	case v.Kind() != reflect.Pointer:
		return value, true
	case v.IsNil():
		return nil, true
	}
	return plainValue(v.Elem().Interface())
}

// isLongText reports whether a value is a text that is too long to be compared.
func isLongText(value any) bool {
	plain, _ := plainValue(value)
	v := reflect.ValueOf(plain)
	return v.Kind() == reflect.String && v.Len() > textMost
}

// textMost is the most bytes of a text that is compared.
const textMost = 64

// foldText is one text for all texts that a database could take for equal: numbers, booleans, UUIDs, whatever their case and
// the spaces around them. What it returns stays the same when it is folded again.
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
	case "inf", "+inf", "+infinity":
		return "infinity", true
	case "-inf":
		return "-infinity", true
	}
	s = uuidDigits(s)
	if number, is := decimalText(s); is {
		return number, true
	}
	return s, true
}

// uuidDigits is the digits of a UUID, whatever stands between and around them, and any other text as it is.
func uuidDigits(s string) string {
	const length = 32
	if len(s) < length {
		return s
	}
	digits := strings.NewReplacer("-", "", "{", "", "}", "").Replace(s)
	if len(digits) != length || strings.Trim(digits, "0123456789abcdef") != "" {
		return s
	}
	return digits
}

// decimalText is one text for all ways to write a decimal number: exact, however long it is.
func decimalText(s string) (text string, ok bool) {
	if s == "" || s[0] > '9' {
		return "", false // no number begins so: the usual case
	}
	mantissa, exponent := s, 0
	if at := strings.IndexByte(s, 'e'); at > 0 {
		n, err := strconv.ParseInt(s[at+1:], 10, 32)
		if err != nil {
			return "", false
		}
		mantissa, exponent = s[:at], int(n)
	}
	unsigned := strings.TrimLeft(mantissa, "+-")
	if len(mantissa)-len(unsigned) > 1 {
		return "", false
	}
	whole, fraction, _ := strings.Cut(unsigned, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	exponent -= len(fraction)
	digits = strings.TrimLeft(digits, "0")
	significant := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(significant)
	if significant == "" {
		return "0", true
	}
	text = plainDecimal(significant, exponent)
	if mantissa[0] == '-' {
		text = "-" + text
	}
	return text, true
}

// plainDecimal is digits × 10^exponent as people write it, unless that would be long.
func plainDecimal(digits string, exponent int) string {
	const zerosMost = 20
	switch point := len(digits) + exponent; {
	case exponent >= 0 && exponent <= zerosMost:
		return digits + strings.Repeat("0", exponent)
	case exponent < 0 && point > 0:
		return digits[:point] + "." + digits[point:]
	case exponent < 0 && point > -zerosMost:
		return "0." + strings.Repeat("0", -point) + digits
	}
	return digits + "e" + strconv.Itoa(exponent)
}
