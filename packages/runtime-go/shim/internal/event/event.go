// Package event makes the event that a handler gets (SPEC §6).
package event

import (
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is what a handler sees: maps, slices and values as encoding/json makes them (numbers are float64), and the raw
// body as []byte under "raw_body".
type Event = map[string]any

// RawBody is the key of the body as []byte. It is no part of the event's JSON.
const RawBody = "raw_body"

// Call is the part of an INVOKE message that the event is made of.
type Call struct {
	RequestID, Method, Path, RawPath, ClientIP, Headers string
	Query, Params                                       []any
	TS                                                  float64
	Deadline                                            time.Time
	Session, Context                                    map[string]any
	Body                                                []byte
}

// Factory makes events; it holds what is the same in each.
type Factory struct {
	env, secrets map[string]any
	version      string
	// template has the keys of an event, context those of its context: to copy such a map and to fill it in takes half of
	// what making it takes.
	template Event
	context  map[string]any
	// nested are the keys of context under which maps lie.
	nested []string
}

// keys are those of each event. Parameters come on top.
var keys = []string{
	"id", "ts", "method", "path", "raw_path", "query", "params", "path_params", "headers", "body", "is_base64", RawBody,
	"session", "client", "env", "secrets", "version", "context",
}

// NewFactory takes the parts of START that events show.
func NewFactory(env, secrets map[string]string, context map[string]any) *Factory {
	version, _ := context["version"].(string)
	if version == "" {
		version = "default"
	}
	f := &Factory{
		env: anyMap(env), secrets: anyMap(secrets), version: version, template: make(Event, len(keys)),
		context: make(map[string]any, len(context)+5),
	}
	for _, key := range keys {
		f.template[key] = nil
	}
	f.template["version"] = version
	for key, value := range context {
		f.context[key] = floats(value)
		if _, ok := value.(map[string]any); ok {
			f.nested = append(f.nested, key)
		}
	}
	for _, key := range []string{"request_id", "deadline_ms", "user", "trigger", "traceparent"} {
		f.context[key] = nil
	}
	return f
}

// Params are the path parameters of a call.
func Params(pairs []any) map[string]any {
	params := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		params[pairs[i].(string)] = pairs[i+1]
	}
	return params
}

// Make is the event of a call; nothing in it is shared with another call's.
func (f *Factory) Make(call *Call) Event {
	headers := headerMap(call.Headers)
	var body any
	isBase64 := false
	raw := call.Body
	if len(raw) > 0 {
		if isBase64 = !utf8.Valid(raw); isBase64 {
			body = base64.StdEncoding.EncodeToString(raw)
		} else {
			body = string(raw)
		}
	} else {
		raw = []byte{}
	}
	var session any
	if call.Session != nil {
		session = floats(call.Session)
	}
	params := Params(call.Params)
	event := copyMap(f.template)
	// A parameter is also found at the top level; it wins over `id`, and over nothing else. SPEC §7.
	for name, value := range params {
		event[name] = value
	}
	if _, taken := params["id"]; !taken {
		event["id"] = call.RequestID
	}
	event["ts"] = call.TS
	event["method"] = call.Method
	event["path"] = call.Path
	event["raw_path"] = call.RawPath
	event["query"] = queryMap(call.Query)
	event["params"] = params
	// The same values, but not the same map: changing one must not change the other.
	event["path_params"] = copyMap(params)
	event["headers"] = headers
	event["body"] = body
	event["is_base64"] = isBase64
	event[RawBody] = raw
	event["session"] = session
	event["client"] = map[string]any{"ip": call.ClientIP, "ua": headers["user-agent"]}
	event["env"] = copyMap(f.env)
	event["secrets"] = copyMap(f.secrets)
	if len(params) > 0 {
		event["version"] = f.version
	}
	event["context"] = f.makeContext(call)
	return event
}

func (f *Factory) makeContext(call *Call) map[string]any {
	context := copyMap(f.context)
	for _, key := range f.nested {
		context[key] = copyMap(f.context[key].(map[string]any))
	}
	context["request_id"] = call.RequestID
	context["deadline_ms"] = float64(call.Deadline.UnixMilli())
	for key, value := range call.Context {
		context[key] = floats(value)
	}
	return context
}

func queryMap(pairs []any) map[string]any {
	result := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, value := pairs[i].(string), pairs[i+1]
		switch before := result[name].(type) {
		case nil:
			result[name] = value
		case []any:
			result[name] = append(before, value)
		default:
			result[name] = []any{before, value}
		}
	}
	return result
}

func headerMap(lines string) map[string]any {
	if lines == "" {
		return map[string]any{}
	}
	result := make(map[string]any, 8)
	for {
		name, rest, _ := strings.Cut(lines, "\n")
		value, rest, more := strings.Cut(rest, "\n")
		result[name] = value
		if !more {
			return result
		}
		lines = rest
	}
}

func anyMap(from map[string]string) map[string]any {
	to := make(map[string]any, len(from))
	for key, value := range from {
		to[key] = value
	}
	return to
}

// floats turns integers into float64, as encoding/json does, in a copy.
func floats(value any) any {
	switch v := value.(type) {
	case int64:
		return float64(v)
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = floats(item)
		}
		return items
	case map[string]any:
		result := make(map[string]any, len(v))
		for key, item := range v {
			result[key] = floats(item)
		}
		return result
	}
	return value
}
