package main

import "fmt"

func handler(event map[string]any) any {
	fmt.Println("debug line")
	return "ok"
}
