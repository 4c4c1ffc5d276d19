package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func note(name, text string) {
	os.MkdirAll(".state", 0o755)
	os.WriteFile(filepath.Join(".state", name), []byte(text), 0o644)
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(".state", name))
	return err == nil
}

// text is a channel that a goroutine fills.
func text(ctx context.Context) <-chan string {
	pieces := make(chan string)
	go func() {
		defer close(pieces)
		for _, piece := range []string{"one ", "two ", "three"} {
			select {
			case pieces <- piece:
			case <-ctx.Done():
				return
			}
		}
	}()
	return pieces
}

func events(ctx context.Context, tag string) chan string {
	pieces := make(chan string)
	go func() {
		defer close(pieces)
		pieces <- "data: 1\n\n"
		for !exists("go-" + tag) {
			select {
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
				return
			}
		}
		pieces <- "data: 2\n\n"
	}()
	return pieces
}

// fail is an iterator: iter.Seq2[string, error].
func fail(yield func(string, error) bool) {
	yield("before", nil)
	time.Sleep(20 * time.Millisecond)
	yield("", errors.New("stream-boom"))
}

func flood(tag string) func(func([]byte) bool) {
	piece := bytes.Repeat([]byte("f"), 65536)
	return func(yield func([]byte) bool) {
		defer note("closed-"+tag, "")
		for sent := 1; sent <= 1000; sent++ {
			note("sent-"+tag, strconv.Itoa(sent))
			if !yield(piece) {
				return
			}
		}
	}
}

// ticks is an io.ReadCloser.
type ticks struct {
	ctx context.Context
	tag string
}

func (t ticks) Read(to []byte) (int, error) {
	select {
	case <-t.ctx.Done():
		return 0, t.ctx.Err()
	case <-time.After(5 * time.Millisecond):
		return copy(to, "tick\n"), nil
	}
}

func (t ticks) Close() error {
	note("closed-"+t.tag, "")
	return nil
}

func handler(ctx context.Context, event map[string]any) any {
	query := event["query"].(map[string]any)
	tag, _ := query["tag"].(string)
	switch query["mode"] {
	case "text":
		return text(ctx)
	case "bytes":
		return io.MultiReader(bytes.NewReader([]byte{0, 255, 1}), bytes.NewReader([]byte{254, 2}))
	case "sse":
		return map[string]any{
			"headers": map[string]string{"content-type": "text/event-stream"},
			"body":    events(ctx, tag),
		}
	case "envelope":
		return map[string]any{
			"status":  201,
			"headers": map[string]string{"x-stream": "yes", "content-type": "text/x-thing"},
			"body":    strings.NewReader("ab"),
		}
	case "empty":
		return func(yield func(string) bool) {}
	case "fail":
		return fail
	case "flood":
		return flood(tag)
	}
	return ticks{ctx, tag}
}
