package main

func init() {
	panic("no-setting-4712") // ERROR-LINE
}

func handler(event map[string]any) any { return "never" }
