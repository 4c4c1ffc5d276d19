package main

import (
	"bytes"
	"encoding/base64"
	"math"
)

type object = map[string]any
type list = []any

var raw = []byte{0, 255, 128, 10, 13, 0}

type row struct {
	Name string  `json:"name"`
	Note *string `json:"note"`
}

func csvRows() []row {
	note := `say "hi", ü`
	return []row{{"Ada", &note}, {"Bob", nil}}
}

func circular() any {
	value := object{}
	value["self"] = value
	return value
}

var answers = map[string]func() any{
	"object":          func() any { return object{"a": 1, "b": list{true, nil}, "c": "ü"} },
	"list":            func() any { return list{1, "two", object{"three": 3}} },
	"true":            func() any { return true },
	"false":           func() any { return false },
	"empty-object":    func() any { return object{} },
	"empty-list":      func() any { return []string{} },
	"text":            func() any { return "Grüße 👋" },
	"empty-text":      func() any { return "" },
	"html":            func() any { return "<!DOCTYPE html><p>ü</p>" },
	"html-tag":        func() any { return "<HTML><p>x</p>" },
	"almost-html":     func() any { return "<p>x</p>" },
	"number":          func() any { return 42 },
	"fraction":        func() any { return 1.5 },
	"nothing":         func() any { return nil },
	"bytes":           func() any { return raw },
	"status-ok":       func() any { return object{"status": "ok"} },
	"status-success":  func() any { return object{"status": "success", "data": object{"id": 1}} },
	"status-and-more": func() any { return object{"status": 404, "data": 1} },
	"body-and-more":   func() any { return object{"body": "x", "other": 1} },
	"status-true":     func() any { return object{"status": true} },
	"status":          func() any { return object{"status": 202} },
	"status-code":     func() any { return object{"statusCode": 201, "body": "made"} },
	"no-content":      func() any { return object{"status": 204} },
	"error-status":    func() any { return object{"status": 418, "body": "teapot"} },
	"body":            func() any { return object{"body": "just this"} },
	"body-null":       func() any { return object{"status": 200, "body": nil} },
	"body-object":     func() any { return object{"body": object{"a": 1}} },
	"body-list":       func() any { return object{"body": []int{1, 2}} },
	"body-html":       func() any { return object{"body": "<html></html>"} },
	"typed": func() any {
		return object{"headers": object{"content-type": "application/problem+json"}, "body": object{"title": "x"}}
	},
	"typed-case": func() any {
		return struct {
			Headers map[string]string `json:"headers"`
			Body    string            `json:"body"`
		}{map[string]string{"Content-TYPE": "text/x-thing"}, "x"}
	},
	"headers":       func() any { return object{"headers": object{"X-One": "1", "x-two": "zwei"}, "body": "ok"} },
	"header-number": func() any { return object{"headers": object{"x-number": 42}, "body": "ok"} },
	"header-list": func() any {
		return object{"headers": object{"Set-Cookie": []string{"a=1; Path=/", "b=2"}}, "body": "ok"}
	},
	"header-crlf": func() any {
		return object{"headers": object{"x-evil": "a\r\nx-injected: 1", "x-good": "yes"}, "body": "ok"}
	},
	"cookies": func() any {
		return object{
			"cookies": list{
				"a=1; Path=/",
				object{"name": "b", "value": "2", "path": "/", "http_only": true, "same_site": "lax", "max_age": 60},
			},
			"body": "ok",
		}
	},
	"base64": func() any {
		return object{"headers": object{"content-type": "image/png"}, "is_base64": true, "body_base64": encoded()}
	},
	"base64-aws":   func() any { return object{"statusCode": 200, "isBase64Encoded": true, "body": encoded()} },
	"native-bytes": func() any { return object{"headers": object{"content-type": "image/png"}, "body": raw} },
	"csv":          func() any { return object{"headers": object{"content-type": "text/csv"}, "body": csvRows()} },
	"csv-lists": func() any {
		return object{"headers": object{"content-type": "text/csv"}, "body": [][]any{{1, "a"}, {2, "b,c"}}}
	},
	"csv-text":        func() any { return object{"headers": object{"content-type": "text/csv"}, "body": "x;y\n"} },
	"large":           func() any { return bytes.Repeat([]byte("x"), 17*1024*1024) },
	"status-99":       func() any { return object{"status": 99} },
	"status-600":      func() any { return object{"status": 600, "body": "x"} },
	"status-negative": func() any { return object{"status": -1} },
	"status-text":     func() any { return object{"status": "ok", "body": "x"} },
	"status-fraction": func() any { return object{"status": 200.5, "body": "x"} },
	"base64-broken":   func() any { return object{"is_base64": true, "body_base64": "*** no base64 ***"} },
	"nan":             func() any { return math.NaN() },
	"nan-inside":      func() any { return object{"deep": list{object{"value": math.NaN()}}} },
	"circular":        circular,
	"callable":        func() any { return circular },
}

func encoded() string {
	return base64.StdEncoding.EncodeToString(raw)
}

func handler(event map[string]any) any {
	return answers[event["query"].(map[string]any)["case"].(string)]()
}
