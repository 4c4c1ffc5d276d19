// Types and helpers for handlers of FastFN, to lie beside them. This file is yours: change it, or do without it and take
// map[string]any. Only what a handler uses is compiled into it.

package main

import (
	"encoding/base64"
	"encoding/json"
)

// Event is one request. Keys: id, ts (epoch milliseconds), method, path, raw_path, query, params, path_params, headers, body,
// is_base64, session, client, env, secrets, version, context; numbers are float64, as encoding/json makes them.
type Event map[string]any

// Query is the (first) value of a query parameter; "" when it is missing.
func (e Event) Query(name string) string {
	query, _ := e["query"].(map[string]any)
	switch value := query[name].(type) {
	case string:
		return value
	case []any:
		first, _ := value[0].(string)
		return first
	}
	return ""
}

// Param is a path parameter, decoded; "" when the route has none of that name.
func (e Event) Param(name string) string { return e.text("params", name) }

// Header is a request header, by its name in lower case; "" when it is missing.
func (e Event) Header(name string) string { return e.text("headers", name) }

// Env is a value of fn.env.json.
func (e Event) Env(name string) string { return e.text("env", name) }

// RawBody is the body as it came; empty when there is none.
func (e Event) RawBody() []byte {
	if raw, ok := e["raw_body"].([]byte); ok {
		return raw
	}
	// Outside of FastFN, as in a test with an event written by hand.
	body, _ := e["body"].(string)
	if e["is_base64"] == true {
		raw, _ := base64.StdEncoding.DecodeString(body)
		return raw
	}
	return []byte(body)
}

// JSON reads the body into target, a pointer.
func (e Event) JSON(target any) error { return json.Unmarshal(e.RawBody(), target) }

func (e Event) text(key, name string) string {
	values, _ := e[key].(map[string]any)
	value, _ := values[name].(string)
	return value
}

// Response is an answer with status, headers, cookies. Any other value that a handler returns is the body itself.
type Response struct {
	// 200 to 599; 200 when 0.
	Status int `json:"status,omitempty"`
	// A []string is several headers of one name.
	Headers map[string]any `json:"headers,omitempty"`
	// As Set-Cookie has them.
	Cookies []string `json:"cookies,omitempty"`
	// JSON, text, []byte, or a stream: io.Reader, channel, iterator.
	Body any `json:"body"`
}
