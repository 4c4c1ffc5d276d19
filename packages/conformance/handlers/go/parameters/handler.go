package main

func handler(event map[string]any, params map[string]string) any {
	return map[string]any{"id": params["id"], "part": event["part"], "all": event["params"]}
}
