package main

import (
	"os"
	"sync/atomic"
)

var count atomic.Int64

func handler(event map[string]any) any {
	return map[string]any{"count": count.Add(1), "pid": os.Getpid()}
}
