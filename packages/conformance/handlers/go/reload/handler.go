package main

// BREAK-HERE
func handler(event map[string]any) any {
	return map[string]any{"handler": "HANDLER-ONE", "helper": helper}
}
