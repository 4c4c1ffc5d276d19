package main

import (
	"fmt"
	"log"
	"time"
)

func handler(event map[string]any) any {
	tag := event["query"].(map[string]any)["tag"].(string)
	fmt.Println("out-" + tag)
	log.SetFlags(0)
	log.Println("err-" + tag)
	time.Sleep(50 * time.Millisecond)
	fmt.Println("end-" + tag)
	return "ok"
}
