package reply

import (
	"reflect"
	"strings"
)

// structFields puts the exported fields of a struct into result, under the names that encoding/json gives them.
func structFields(v reflect.Value, result map[string]any) {
	t := v.Type()
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			if embedded := reflect.Indirect(v.Field(i)); embedded.Kind() == reflect.Struct {
				structFields(embedded, result)
				continue
			}
		}
		if !field.IsExported() || name == "-" && options == "" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		if strings.Contains(","+options+",", ",omitempty,") && isEmpty(v.Field(i)) {
			continue
		}
		result[name] = v.Field(i).Interface()
	}
}

// isEmpty is encoding/json's idea of it.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// fieldNames are the keys that a struct's JSON has, in the order of its fields; nil for other types.
func fieldNames(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			names = append(names, fieldNames(field.Type)...)
		case !field.IsExported() || name == "-" && options == "":
		case name == "":
			names = append(names, field.Name)
		default:
			names = append(names, name)
		}
	}
	return names
}
