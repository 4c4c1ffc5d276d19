package reply

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strconv"
)

// asMap is a value as a map with string keys: maps of any value type, and structs by their json tags.
func asMap(value any) (map[string]any, bool) {
	switch v := value.(type) {
	case map[string]any:
		return v, v != nil
	case nil:
		return nil, false
	case json.Marshaler:
		return nil, false
	}
	v := reflect.ValueOf(value)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
		if _, ok := v.Interface().(json.Marshaler); ok {
			return nil, false
		}
	}
	switch v.Kind() {
	case reflect.Map:
		if v.Type().Key().Kind() != reflect.String || v.IsNil() {
			return nil, false
		}
		result := make(map[string]any, v.Len())
		for entries := v.MapRange(); entries.Next(); {
			result[entries.Key().String()] = entries.Value().Interface()
		}
		return result, true
	case reflect.Struct:
		result := map[string]any{}
		structFields(v, result)
		return result, true
	}
	return nil, false
}

// asList is a value as a list: slices and arrays, but no bytes.
func asList(value any) ([]any, bool) {
	if list, ok := value.([]any); ok {
		return list, true
	}
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array || v.Type().Elem().Kind() == reflect.Uint8 {
		return nil, false
	}
	result := make([]any, v.Len())
	for i := range result {
		result[i] = v.Index(i).Interface()
	}
	return result, true
}

func sortedKeys(fields map[string]any) []string {
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

func asFloat(value any) (float64, bool) {
	if number, ok := value.(json.Number); ok {
		n, err := number.Float64()
		return n, err == nil
	}
	v := reflect.ValueOf(value)
	switch {
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.CanFloat():
		return v.Float(), true
	}
	return 0, false
}

// asInteger is a whole number; 200.0 is one too, as JSON makes them.
func asInteger(value any) (int64, bool) {
	n, ok := asFloat(value)
	if !ok || n != math.Trunc(n) || math.Abs(n) > 1<<53 {
		return 0, false
	}
	return int64(n), true
}

// numberText is a number as people write it.
func numberText(value any) (string, bool) {
	switch value.(type) {
	case nil:
		return "", false
	case fmt.Stringer, error:
		// A duration or a month is no number to those who look at it.
		if number, ok := value.(json.Number); ok {
			return number.String(), true
		}
		return "", false
	}
	v := reflect.ValueOf(value)
	switch {
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10), true
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10), true
	case v.CanFloat():
		n := v.Float()
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return fmt.Sprint(n), true
		}
		return string(appendFloat(nil, n)), true
	}
	return "", false
}

func isTrue(value any) bool {
	yes, _ := value.(bool)
	return yes
}
