package main

func handler(event map[string]any) any {
	context := event["context"].(map[string]any)
	params := event["params"].(map[string]any)
	return map[string]any{"function_name": context["function_name"], "id": params["id"]}
}
