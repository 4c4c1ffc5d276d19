package main

func handler(event map[string]any) any {
	return "wrong"
}

func greet(event map[string]any) string {
	return "greet"
}
