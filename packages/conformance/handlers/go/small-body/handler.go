package main

func handler(event map[string]any) any {
	return map[string]any{"size": len(event["raw_body"].([]byte))}
}
