package main

import "os"

func handler(event map[string]any) any {
	if event["query"].(map[string]any)["mode"] == "exit" {
		os.Exit(3)
	}
	return map[string]any{"pid": os.Getpid()}
}
