package reply

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strconv"
	"unicode/utf8"

	"github.com/fastfn/fastfn/go/internal/event"
)

const (
	maxDepth     = 200
	maxShownPath = 100
)

// jsonWriter writes what handlers build (maps, slices, plain values) by itself, and leaves all else to encoding/json.
type jsonWriter struct {
	out []byte
	// own is the event of the call: its raw body is no part of its JSON.
	own reflect.Value
}

// jsonProblem is what JSON cannot hold, and where it lies: keys and indexes, innermost first.
type jsonProblem struct {
	what, why string
	path      []string
}

func toJSON(value any, own event.Event, where string) ([]byte, *Invalid) {
	w := jsonWriter{own: reflect.ValueOf(own)}
	if problem := w.write(value, 0); problem != nil {
		return nil, problem.under(where)
	}
	return w.out, nil
}

func (p *jsonProblem) in(step string) *jsonProblem {
	p.path = append(p.path, step)
	return p
}

func (p *jsonProblem) under(where string) *Invalid {
	for i := len(p.path) - 1; i >= 0; i-- {
		step := p.path[i]
		if where != "" && step != "" && step[0] != '[' {
			where += "."
		}
		if where += step; len(where) > maxShownPath {
			where = where[:maxShownPath] + "…"
			break
		}
	}
	return invalid("The handler returned %s%s%s.", p.what, at(where), p.why)
}

func (w *jsonWriter) write(value any, depth int) *jsonProblem {
	switch v := value.(type) {
	case nil:
		w.out = append(w.out, "null"...)
		return nil
	case string:
		w.out = appendJSONString(w.out, v)
		return nil
	case bool:
		w.out = strconv.AppendBool(w.out, v)
		return nil
	case int:
		w.out = strconv.AppendInt(w.out, int64(v), 10)
		return nil
	case int64:
		w.out = strconv.AppendInt(w.out, v, 10)
		return nil
	case float64:
		return w.float(v)
	case map[string]any:
		return w.object(v, depth)
	case []any:
		return w.list(v, depth)
	case map[string]string:
		return w.object(anyValues(v), depth)
	case []string:
		return w.list(anyItems(v), depth)
	case []map[string]any:
		return w.list(anyItems(v), depth)
	case []byte:
		return &jsonProblem{what: "bytes", why: ", which JSON cannot hold: use base64, or answer with them alone"}
	}
	return w.other(value)
}

func (w *jsonWriter) float(n float64) *jsonProblem {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return &jsonProblem{what: fmt.Sprint(n), why: ", which JSON does not know"}
	}
	w.out = appendFloat(w.out, n)
	return nil
}

func (w *jsonWriter) object(v map[string]any, depth int) *jsonProblem {
	if v == nil {
		w.out = append(w.out, "null"...)
		return nil
	}
	if depth >= maxDepth {
		return tooDeep()
	}
	isEvent := w.own.Pointer() == reflect.ValueOf(v).Pointer()
	keys := make([]string, 0, len(v))
	for key := range v {
		if !isEvent || key != event.RawBody {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	w.out = append(w.out, '{')
	for i, key := range keys {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.out = append(appendJSONString(w.out, key), ':')
		if problem := w.write(v[key], depth+1); problem != nil {
			return problem.in(key)
		}
	}
	w.out = append(w.out, '}')
	return nil
}

func (w *jsonWriter) list(v []any, depth int) *jsonProblem {
	if depth >= maxDepth {
		return tooDeep()
	}
	w.out = append(w.out, '[')
	for i, item := range v {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if problem := w.write(item, depth+1); problem != nil {
			return problem.in("[" + strconv.Itoa(i) + "]")
		}
	}
	w.out = append(w.out, ']')
	return nil
}

// other is for structs, typed maps and slices, pointers, and what brings a MarshalJSON of its own.
func (w *jsonWriter) other(value any) *jsonProblem {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice && v.IsNil() && !hasOwnJSON(value) {
		// Unlike encoding/json: a handler that found nothing means an empty list.
		w.out = append(w.out, "[]"...)
		return nil
	}
	data, err := json.Marshal(value)
	if err == nil {
		w.out = append(w.out, data...)
		return nil
	}
	if reflect.TypeOf(value).Kind() == reflect.Func {
		return &jsonProblem{what: describe(value), why: ", which is no response"}
	}
	return &jsonProblem{what: describe(value), why: fmt.Sprintf(", which JSON cannot hold (%v)", err)}
}

func tooDeep() *jsonProblem {
	return &jsonProblem{what: "a structure nested too deeply, or one that contains itself"}
}

func anyValues(from map[string]string) map[string]any {
	to := make(map[string]any, len(from))
	for key, value := range from {
		to[key] = value
	}
	return to
}

func anyItems[T any](from []T) []any {
	to := make([]any, len(from))
	for i, item := range from {
		to[i] = item
	}
	return to
}

// appendFloat writes numbers as JavaScript and Python readers expect them: 3, 0.5, 1e+21.
func appendFloat(to []byte, n float64) []byte {
	if size := math.Abs(n); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.AppendFloat(to, n, 'e', -1, 64)
	}
	return strconv.AppendFloat(to, n, 'f', -1, 64)
}

const hexDigits = "0123456789abcdef"

func appendJSONString(to []byte, text string) []byte {
	to = append(to, '"')
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' {
				i++
				continue
			}
			to = append(to, text[from:i]...)
			switch c {
			case '"', '\\':
				to = append(to, '\\', c)
			case '\n':
				to = append(to, '\\', 'n')
			case '\r':
				to = append(to, '\\', 'r')
			case '\t':
				to = append(to, '\\', 't')
			default:
				to = append(to, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			to = append(append(to, text[from:i]...), "\uFFFD"...)
			from = i + 1
		}
		i += size
	}
	return append(append(to, text[from:]...), '"')
}
