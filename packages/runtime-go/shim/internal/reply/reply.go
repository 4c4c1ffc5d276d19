// Package reply says what the value that a handler returned means (SPEC §8).
package reply

import (
	"encoding/base64"
	"reflect"
	"strings"

	"github.com/fastfn/fastfn/go/internal/event"
)

const (
	jsonType  = "application/json"
	plainType = "text/plain; charset=utf-8"
	htmlType  = "text/html; charset=utf-8"
	bytesType = "application/octet-stream"
)

// Reply is an answer: status, flat headers, and a body of bytes or a stream; or what the gateway shall fetch elsewhere.
type Reply struct {
	Status  int
	Headers []string
	Body    []byte
	Stream  *Stream
	Proxy   map[string]any
}

// The keys an envelope may have, and whether one makes it an envelope by itself.
var envelopeKeys = map[string]bool{
	"status": false, "statusCode": false,
	"headers": true, "cookies": true, "body": true, "is_base64": true, "isBase64Encoded": true, "body_base64": true,
	"proxy": true,
}

// Of is what value means; own is the event of the call. The error is an *Invalid.
func Of(value any, own event.Event) (*Reply, error) {
	if fields := asEnvelope(value); fields != nil {
		reply, problem := readEnvelope(fields, own)
		if problem != nil {
			return nil, problem
		}
		return reply, nil
	}
	reply := &Reply{Status: 200}
	if problem := reply.setBody(value, own, ""); problem != nil {
		return nil, problem
	}
	return reply, nil
}

// asEnvelope is a map or struct that is one; nil for everything else.
func asEnvelope(value any) map[string]any {
	switch value.(type) {
	case nil, string, []byte, bool, float64, int, []any:
		return nil
	}
	if asStream(value) != nil {
		return nil
	}
	fields, ok := asMap(value)
	if !ok || len(fields) == 0 || len(fields) > len(envelopeKeys) {
		return nil
	}
	strong, whole := false, false
	for key, field := range fields {
		makesOne, known := envelopeKeys[key]
		if !known {
			return nil
		}
		strong = strong || makesOne
		if !makesOne {
			_, isWhole := asInteger(field)
			whole = whole || isWhole
		}
	}
	if !strong && !whole {
		return nil
	}
	return fields
}

func readEnvelope(fields map[string]any, own event.Event) (*Reply, *Invalid) {
	if proxy := fields["proxy"]; !isNil(proxy) {
		directive, problem := readProxy(proxy, own)
		return &Reply{Proxy: directive}, problem
	}
	reply := &Reply{Status: 200}
	for _, key := range []string{"statusCode", "status"} {
		// A struct with both fields leaves one of them 0.
		if given := fields[key]; given != nil && !(given == 0 && bothStatuses(fields)) {
			status, ok := asInteger(given)
			if !ok || status < 100 || status > 599 {
				return nil, invalid("`status` is %s; it must be an integer from 100 to 599.", describe(given))
			}
			reply.Status = int(status)
		}
	}
	var problem *Invalid
	if headers := fields["headers"]; !isNil(headers) {
		if reply.Headers, problem = headerList(headers); problem != nil {
			return nil, problem
		}
	}
	if cookies := fields["cookies"]; !isNil(cookies) {
		list, problem := cookieList(cookies)
		if problem != nil {
			return nil, problem
		}
		for _, cookie := range list {
			if problem := addHeader(&reply.Headers, "set-cookie", cookie); problem != nil {
				return nil, problem
			}
		}
	}
	encoded := fields["body_base64"]
	if encoded == nil && !isTrue(fields["is_base64"]) && !isTrue(fields["isBase64Encoded"]) {
		return reply, reply.setBody(fields["body"], own, "body")
	}
	key := "body_base64"
	if encoded == nil {
		key = "body"
	}
	if reply.Body, problem = decodeBase64(fields[key], key); problem != nil {
		return nil, problem
	}
	reply.setType(bytesType)
	return reply, nil
}

func bothStatuses(fields map[string]any) bool {
	_, short := fields["status"]
	_, long := fields["statusCode"]
	return short && long
}

// setBody takes a body; its type, unless the headers name one, follows from it.
func (r *Reply) setBody(body any, own event.Event, where string) *Invalid {
	switch v := body.(type) {
	case nil:
		return nil
	case string:
		r.Body = []byte(strings.ToValidUTF8(v, "\uFFFD"))
		r.setType(textType(v))
		return nil
	case []byte:
		r.Body = v
		r.setType(bytesType)
		return nil
	}
	if stream := asStream(body); stream != nil {
		_, stream.Typed = findHeader(r.Headers, "content-type")
		r.Stream = stream
		return nil
	}
	v := reflect.ValueOf(body)
	if isNil(body) && v.Kind() != reflect.Slice {
		return nil
	}
	for v.Kind() == reflect.Pointer && isPlain(v.Elem().Kind()) {
		v = v.Elem()
	}
	switch {
	case hasOwnJSON(body):
	case v.Kind() == reflect.String:
		return r.setBody(v.String(), own, where)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		return r.setBody(append([]byte(nil), v.Bytes()...), own, where)
	}
	if text, ok := numberText(v.Interface()); ok {
		if n, isFloat := asFloat(v.Interface()); isFloat && n-n != 0 {
			return invalid("The handler returned %s%s, which is no response.", text, at(where))
		}
		r.Body = []byte(text)
		r.setType(plainType)
		return nil
	}
	var problem *Invalid
	kind, _ := findHeader(r.Headers, "content-type")
	if rows, ok := asList(body); ok && strings.HasPrefix(strings.ToLower(kind), "text/csv") {
		r.Body, problem = toCSV(rows, own)
		return problem
	}
	r.Body, problem = toJSON(body, own, where)
	r.setType(jsonType)
	return problem
}

func isPlain(kind reflect.Kind) bool {
	return kind == reflect.String || kind >= reflect.Bool && kind <= reflect.Float64
}

func hasOwnJSON(value any) bool {
	_, ok := value.(interface{ MarshalJSON() ([]byte, error) })
	return ok
}

// isNil: nil itself, or a nil pointer, map, slice or func in an interface.
func isNil(value any) bool {
	if value == nil {
		return true
	}
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Func, reflect.Chan, reflect.Interface, reflect.Slice:
		return v.IsNil()
	}
	return false
}

func (r *Reply) setType(contentType string) {
	if _, given := findHeader(r.Headers, "content-type"); !given {
		r.Headers = append(r.Headers, "content-type", contentType)
	}
}

func textType(text string) string {
	for _, start := range []string{"<!doctype html", "<html"} {
		if len(text) >= len(start) && strings.EqualFold(text[:len(start)], start) {
			return htmlType
		}
	}
	return plainType
}

var spaces = strings.NewReplacer(" ", "", "\n", "", "\r", "", "\t", "")

func decodeBase64(value any, key string) ([]byte, *Invalid) {
	if value == nil {
		return nil, nil
	}
	text, ok := value.(string)
	if bytes, isBytes := value.([]byte); isBytes {
		text, ok = string(bytes), true
	}
	if !ok {
		return nil, invalid("`%s` is %s; with base64 it must be a string.", key, describe(value))
	}
	data, err := base64.StdEncoding.DecodeString(spaces.Replace(text))
	if err != nil {
		return nil, invalid("`%s` is no valid base64: %v.", key, err)
	}
	return data, nil
}
