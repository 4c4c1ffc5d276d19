package main

func handler(event map[string]any) any {
	headers := event["headers"].(map[string]any)
	return map[string]any{
		"headers": map[string]any{"content-type": headers["content-type"]},
		"body":    event["raw_body"],
	}
}
