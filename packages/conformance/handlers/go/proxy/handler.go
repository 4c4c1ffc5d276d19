package main

func handler(event map[string]any) any {
	query := event["query"].(map[string]any)
	return map[string]any{
		"proxy": map[string]any{
			"url":     query["url"],
			"path":    query["path"],
			"method":  event["method"],
			"headers": map[string]any{"x-sent": "by the handler"},
			"body":    event["body"],
		},
	}
}
