package main

import "time"

func handler(event map[string]any) any {
	mode := event["query"].(map[string]any)["mode"]
	if mode == "sleep" {
		time.Sleep(time.Minute)
	}
	for mode == "busy" {
	}
	return "ok"
}
