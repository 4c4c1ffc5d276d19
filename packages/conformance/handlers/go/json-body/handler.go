package main

import "encoding/json"

func handler(event map[string]any) (any, error) {
	var received any
	if err := json.Unmarshal(event["raw_body"].([]byte), &received); err != nil {
		return nil, err
	}
	return map[string]any{"received": received}, nil
}
