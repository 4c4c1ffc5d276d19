package main

import (
	"errors"
	"fmt"
)

func handler(event map[string]any) any {
	fmt.Println("throws-ran")
	panic(errors.New("boom-4711")) // ERROR-LINE
}
