package reply

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/fastfn/fastfn/go/internal/output"
)

// headerList is `headers` (a map, values may be lists; or a list of pairs) flat. What HTTP does not allow is left out with a
// log line: one bad header, often a user's input, must not turn an answer into an error.
func headerList(headers any) ([]string, *Invalid) {
	if headers == nil {
		return nil, nil
	}
	var result []string
	fields, ok := asMap(headers)
	if ok {
		for _, name := range sortedKeys(fields) {
			if problem := addHeaders(&result, name, fields[name]); problem != nil {
				return nil, problem
			}
		}
		return result, nil
	}
	pairs, ok := asList(headers)
	if !ok {
		return nil, invalid("`headers` is %s; use a map of names and values.", describe(headers))
	}
	for _, item := range pairs {
		pair, ok := asList(item)
		name, isText := "", false
		if ok && len(pair) == 2 {
			name, isText = pair[0].(string)
		}
		if !isText {
			return nil, invalid("`headers` is a list, but not of name and value pairs; use a map of names and values.")
		}
		if problem := addHeaders(&result, name, pair[1]); problem != nil {
			return nil, problem
		}
	}
	return result, nil
}

func addHeaders(result *[]string, name string, value any) *Invalid {
	if list, ok := asList(value); ok {
		for _, item := range list {
			if problem := addHeader(result, name, item); problem != nil {
				return problem
			}
		}
		return nil
	}
	return addHeader(result, name, value)
}

func addHeader(result *[]string, name string, value any) *Invalid {
	if value == nil {
		return nil
	}
	text, ok := scalarText(value)
	if !ok {
		return invalid("Header `%s` is %s; use a string, a number or a list of them.", name, describe(value))
	}
	switch {
	case !isToken(name):
		complain("header %q was left out: its name is not valid in HTTP\n", name)
	case strings.ContainsAny(text, "\r\n\x00"):
		complain("header %q was left out: its value has a line break or NUL\n", name)
	default:
		*result = append(*result, name, text)
	}
	return nil
}

// complain writes to the output of the running call.
func complain(format string, args ...any) {
	output.Process.Print(output.Stderr, []byte(fmt.Sprintf(format, args...)))
}

// findHeader is the first value of that name (lower case).
func findHeader(headers []string, name string) (string, bool) {
	for i := 0; i+1 < len(headers); i += 2 {
		if strings.EqualFold(headers[i], name) {
			return headers[i+1], true
		}
	}
	return "", false
}

func isToken(name string) bool {
	if name == "" {
		return false
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return true
}

// scalarText is a string, number or bool as text.
func scalarText(value any) (string, bool) {
	if text, ok := numberText(value); ok {
		return text, true
	}
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.String:
		return v.String(), true
	case reflect.Bool:
		return fmt.Sprint(v.Bool()), true
	}
	return "", false
}

// httpDate is a time.Time, or epoch milliseconds, in HTTP's form.
func httpDate(value any) (string, bool) {
	if t, ok := value.(time.Time); ok {
		return t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), true
	}
	if n, ok := asFloat(value); ok {
		return httpDate(time.UnixMilli(int64(n)))
	}
	text, ok := value.(string)
	if !ok {
		return "", false
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return httpDate(t)
	}
	return text, true
}
