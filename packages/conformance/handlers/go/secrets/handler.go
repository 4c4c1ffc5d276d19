package main

func handler(event map[string]any) any {
	return event["secrets"]
}
