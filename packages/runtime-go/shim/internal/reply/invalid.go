package reply

import (
	"fmt"
	"reflect"
	"strconv"
)

// Invalid is a value that is no response; the message is for people and says what was found and where. SPEC §8.
type Invalid struct{ Message string }

func (e *Invalid) Error() string { return e.Message }

func invalid(format string, args ...any) *Invalid {
	return &Invalid{fmt.Sprintf(format, args...)}
}

// describe says what a value is, in a few words.
func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "nil"
	case string:
		if len(v) > 40 {
			v = v[:40] + "…"
		}
		return "the string " + strconv.Quote(v)
	case bool:
		return "the bool " + strconv.FormatBool(v)
	}
	if number, ok := numberText(value); ok {
		return "the number " + number
	}
	if reflect.TypeOf(value).Kind() == reflect.Func {
		return fmt.Sprintf("a function (%T)", value)
	}
	return fmt.Sprintf("a %T", value)
}

func at(where string) string {
	if where == "" {
		return ""
	}
	return " at `" + where + "`"
}
