package reply

import (
	"reflect"
	"strings"

	"github.com/fastfn/fastfn/go/internal/event"
)

// toCSV writes rows (RFC 4180). Maps and structs start with a header line: the fields of a struct in their order, the keys
// of maps sorted, for Go's maps have no order. Lists are lines as they are. nil is an empty cell.
func toCSV(rows []any, own event.Event) ([]byte, *Invalid) {
	var out []byte
	if len(rows) == 0 {
		return out, nil
	}
	_, isList := asList(rows[0])
	var keys []string
	var records []map[string]any
	for i, row := range rows {
		cells, ok := asList(row)
		if ok != isList {
			return nil, mixedRows(i, row)
		}
		if isList {
			var problem *Invalid
			if out, problem = appendCSVLine(out, cells, own); problem != nil {
				return nil, problem
			}
			continue
		}
		record, ok := asMap(row)
		if !ok {
			return nil, mixedRows(i, row)
		}
		records = append(records, record)
		keys = addKeys(keys, row, record)
	}
	if isList {
		return out, nil
	}
	out, _ = appendCSVLine(out, anyItems(keys), own)
	cells := make([]any, len(keys))
	for _, record := range records {
		for i, key := range keys {
			cells[i] = record[key]
		}
		var problem *Invalid
		if out, problem = appendCSVLine(out, cells, own); problem != nil {
			return nil, problem
		}
	}
	return out, nil
}

func addKeys(keys []string, row any, record map[string]any) []string {
	names := fieldNames(reflect.TypeOf(row))
	if names == nil {
		names = sortedKeys(record)
	}
next:
	for _, name := range names {
		for _, key := range keys {
			if key == name {
				continue next
			}
		}
		keys = append(keys, name)
	}
	return keys
}

func appendCSVLine(out []byte, cells []any, own event.Event) ([]byte, *Invalid) {
	for i, cell := range cells {
		if i > 0 {
			out = append(out, ',')
		}
		text, problem := csvCell(cell, own)
		if problem != nil {
			return nil, problem
		}
		if strings.ContainsAny(text, "\",\r\n") {
			text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		out = append(out, text...)
	}
	return append(out, "\r\n"...), nil
}

func csvCell(cell any, own event.Event) (string, *Invalid) {
	if cell == nil {
		return "", nil
	}
	if v := reflect.ValueOf(cell); v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "", nil
		}
		if v = v.Elem(); isPlain(v.Kind()) {
			cell = v.Interface()
		}
	}
	if text, ok := scalarText(cell); ok {
		return text, nil
	}
	data, problem := toJSON(cell, own, "body")
	text := string(data)
	if strings.HasPrefix(text, `"`) {
		// Times and the like: their text, not a JSON string.
		text = text[1 : len(text)-1]
	}
	return text, problem
}

func mixedRows(i int, row any) *Invalid {
	return invalid("CSV row %d is %s: a text/csv body is a list of lists, or a list of maps or structs.", i, describe(row))
}
