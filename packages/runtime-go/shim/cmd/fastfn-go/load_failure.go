package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"
)

// maxMessage bounds what a dead program's words give as the message of an error.
const maxMessage = 8192

// loadFailure is why a program ended before its main began: a panic while its packages were initialised, log.Fatal, os.Exit.
// Go itself ends the process then, so what is known is what it printed.
type loadFailure struct {
	kind, message string
	file          string
	line          int
	stack         string
}

var (
	goroutineLine = regexp.MustCompile(`(?m)^goroutine \d+ .*\[.*\]:$`)
	placeLine     = regexp.MustCompile(`(?m)^\t(/.+):(\d+)(?: \+0x[0-9a-f]+)?$`)
	ownFrames     = regexp.MustCompile(`(?m)^(runtime\..*|main\.main.*)\n\t.*\n?`)
)

// readLoadFailure explains the end of a program whose files are below root; nil when a signal ended it, which says nothing
// about the program.
func readLoadFailure(status syscall.WaitStatus, stderr []byte, root string) *loadFailure {
	if status.Signaled() {
		return nil
	}
	text := strings.TrimRight(string(stderr), "\n")
	for _, kind := range []string{"panic", "fatal error"} {
		if at := lastLine(text, kind+": "); at >= 0 {
			return readTrace(kind, text[at+len(kind)+2:], root)
		}
	}
	f := &loadFailure{
		kind:    "exit",
		message: fmt.Sprintf("the program ended with code %d before its handler could be called", status.ExitStatus()),
	}
	if text != "" {
		f.message += ": " + tail(text[strings.LastIndexByte(text, '\n')+1:], maxMessage)
	}
	f.stack = f.message
	return f
}

// readTrace reads what Go prints when it dies: the message, an empty line, the goroutine with its frames.
func readTrace(kind, text, root string) *loadFailure {
	f := &loadFailure{kind: kind, message: strings.TrimSpace(text)}
	if at := goroutineLine.FindStringIndex(text); at != nil {
		f.message = strings.TrimSpace(text[:at[0]])
		frames := strings.TrimLeft(text[at[1]:], "\n")
		if end := strings.Index(frames, "\n\n"); end >= 0 {
			frames = frames[:end]
		}
		for _, place := range placeLine.FindAllStringSubmatch(frames, -1) {
			if strings.HasPrefix(place[1], root+string(filepath.Separator)) {
				f.file = place[1]
				f.line, _ = strconv.Atoi(place[2])
				break
			}
		}
		frames = strings.ReplaceAll(ownFrames.ReplaceAllString(frames, ""), "function/fastfnhandler.", "")
		f.stack = strings.TrimSpace(f.message + "\n" + frames)
	}
	f.message = tail(f.message, maxMessage)
	f.stack = kind + ": " + f.stack
	return f
}

func (f *loadFailure) summary() string { return f.kind + ": " + f.message }

// loadError is the map of LOAD_ERROR. The source is read from the file: nothing else knows it any more.
func (f *loadFailure) loadError() map[string]any {
	debug := map[string]any{"type": f.kind, "message": f.message, "stack": f.stack}
	files := []any{}
	if f.file != "" {
		debug["file"], debug["line"] = f.file, int64(f.line)
		files = append(files, f.file)
		if source, err := os.ReadFile(f.file); err == nil {
			if lines := bytes.Split(source, []byte("\n")); f.line > 0 && f.line <= len(lines) && utf8.Valid(lines[f.line-1]) {
				debug["source"] = strings.TrimRight(string(lines[f.line-1]), "\r")
			}
		}
	}
	return map[string]any{"code": "handler_error", "message": f.summary(), "debug": debug, "files": files}
}

// lastLine is where the last line that begins so begins; -1 when there is none.
func lastLine(text, prefix string) int {
	if at := strings.LastIndex(text, "\n"+prefix); at >= 0 {
		return at + 1
	}
	if strings.HasPrefix(text, prefix) {
		return 0
	}
	return -1
}

func tail(text string, most int) string {
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
