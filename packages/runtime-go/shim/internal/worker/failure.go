package worker

import (
	"fmt"
	"reflect"
	"runtime"
	"strconv"
	"strings"
)

// Bounds of what travels in an error.
const (
	maxMessage = 8192
	maxStack   = 32768
	maxFrames  = 256
)

// failure is what a handler did instead of answering.
type failure struct {
	kind, message string
	file          string
	line          int
	stack         string
}

func (f *failure) summary() string {
	if f.message == "" {
		return f.kind
	}
	return f.kind + ": " + f.message
}

func (f *failure) debug(sources map[string]string) map[string]any {
	debug := map[string]any{"type": f.kind, "message": f.message, "stack": f.stack}
	if f.file != "" {
		debug["file"], debug["line"] = f.file, f.line
		if lines := strings.Split(sources[f.file], "\n"); f.line > 0 && f.line <= len(lines) {
			debug["source"] = strings.TrimRight(lines[f.line-1], "\r")
		}
	}
	return debug
}

// returned is the failure of a handler that returned an error. Go's errors do not know where they were made.
func returned(err error) *failure {
	message := cut(errorText(err), maxMessage)
	kind := reflect.TypeOf(err).String()
	return &failure{kind: kind, message: message, stack: kind + ": " + message}
}

// panicked is the failure of the panic that is being recovered from; called by the deferred function itself.
func panicked(value any, sources map[string]string) *failure {
	f := &failure{kind: "panic"}
	if err, ok := value.(error); ok {
		f.kind = reflect.TypeOf(err).String()
		f.message = errorText(err)
	} else {
		f.message = fmt.Sprint(value)
	}
	f.message = cut(f.message, maxMessage)
	f.trace("panic: "+f.message, sources)
	return f
}

// exited is the failure of a handler that called runtime.Goexit.
func exited(sources map[string]string) *failure {
	f := &failure{kind: "runtime.Goexit", message: "the handler ended its goroutine in place of returning"}
	f.trace(f.kind+": "+f.message, sources)
	return f
}

// trace notes the user's line nearest to the failure, and the stack without our own frames.
func (f *failure) trace(title string, sources map[string]string) {
	var counters [maxFrames]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(3, counters[:])])
	var stack strings.Builder
	stack.WriteString(title)
	for {
		frame, more := frames.Next()
		ours := strings.HasPrefix(frame.Function, "github.com/fastfn/fastfn/go/") || strings.HasPrefix(frame.Function, "runtime.")
		if _, own := sources[frame.File]; own && f.file == "" {
			f.file, f.line = frame.File, frame.Line
		}
		if !ours && frame.Function != "" {
			function := strings.Replace(frame.Function, "function/fastfnhandler.", "", 1)
			stack.WriteString("\n\tat " + function + " (" + frame.File + ":" + strconv.Itoa(frame.Line) + ")")
		}
		if !more {
			break
		}
	}
	f.stack = cut(stack.String(), maxStack)
}

// errorText is err.Error(), also of an error whose method panics.
func errorText(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = "(its text cannot be read)"
		}
	}()
	return err.Error()
}

func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
