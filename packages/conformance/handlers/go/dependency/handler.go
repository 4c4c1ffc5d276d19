package main

import "example.com/tiny"

func handler() any {
	return map[string]any{"package": tiny.Name}
}
