package worker

import (
	"context"
	"fmt"
	"reflect"

	"github.com/fastfn/fastfn/go/internal/event"
)

// Program is a handler as it was compiled in.
type Program struct {
	// Handler is the function itself, Name what it is called in the source.
	Handler any
	Name    string
	// Entry is the absolute path of the handler file.
	Entry string
	// Sources are the user's files that were compiled in, by absolute path, as they were then.
	Sources map[string]string
	// Files are further files that an edit of must give fresh workers (go.mod and such).
	Files []string
}

// handlerFunc calls the handler. The result is nil, and failure set, when it returned an error that is not nil.
type handlerFunc func(ctx context.Context, event event.Event) (result any, failure error)

// Signature is what a handler may look like, for messages.
const Signature = "func handler([ctx context.Context,] event map[string]any[, params map[string]any]) (any[, error])"

var (
	contextType = reflect.TypeOf((*context.Context)(nil)).Elem()
	errorType   = reflect.TypeOf((*error)(nil)).Elem()
	anyMapType  = reflect.TypeOf(map[string]any(nil))
	textMapType = reflect.TypeOf(map[string]string(nil))
)

// bind makes a handlerFunc of a handler. usesContext: it takes a context.Context.
func (p *Program) bind() (call handlerFunc, usesContext bool, err error) {
	// The usual ones, called directly.
	switch h := p.Handler.(type) {
	case func(map[string]any) any:
		return func(_ context.Context, e event.Event) (any, error) { return h(e), nil }, false, nil
	case func(map[string]any) map[string]any:
		return func(_ context.Context, e event.Event) (any, error) { return h(e), nil }, false, nil
	case func(any) any:
		return func(_ context.Context, e event.Event) (any, error) { return h(e), nil }, false, nil
	case func(map[string]any) (any, error):
		return func(_ context.Context, e event.Event) (any, error) { return h(e) }, false, nil
	case func(context.Context, map[string]any) (any, error):
		return func(ctx context.Context, e event.Event) (any, error) { return h(ctx, e) }, true, nil
	}
	return p.reflected()
}

func (p *Program) reflected() (handlerFunc, bool, error) {
	function := reflect.ValueOf(p.Handler)
	t := function.Type()
	if t.Kind() != reflect.Func || function.IsNil() {
		return nil, false, fmt.Errorf("%s is a %s and no function. Write: %s", p.Name, t, Signature)
	}
	wrong := func(what string) (handlerFunc, bool, error) {
		return nil, false, fmt.Errorf("%s is a %s: %s. Write: %s", p.Name, t, what, Signature)
	}
	if t.IsVariadic() {
		return wrong("a variable number of parameters cannot be filled")
	}
	first := 0
	if t.NumIn() > 0 && t.In(0) == contextType {
		first = 1
	}
	if t.NumIn()-first > 2 {
		return wrong("it has too many parameters")
	}
	converts := make([]func(map[string]any) reflect.Value, t.NumIn()-first)
	for i := range converts {
		in := t.In(first + i)
		switch {
		case anyMapType.ConvertibleTo(in):
			converts[i] = func(m map[string]any) reflect.Value { return reflect.ValueOf(m).Convert(in) }
		case in.Kind() == reflect.Interface && in.NumMethod() == 0:
			converts[i] = func(m map[string]any) reflect.Value { return reflect.ValueOf(m) }
		case i == 1 && textMapType.ConvertibleTo(in):
			converts[i] = func(m map[string]any) reflect.Value { return reflect.ValueOf(texts(m)).Convert(in) }
		default:
			return wrong(fmt.Sprintf("parameter %d cannot be a %s", first+i+1, in))
		}
	}
	results := t.NumOut()
	lastIsError := results > 0 && t.Out(results-1) == errorType
	if results > 2 || results == 2 && !lastIsError {
		return wrong("it may return a value, an error, or both")
	}
	return func(ctx context.Context, e event.Event) (any, error) {
		in := make([]reflect.Value, 0, 3)
		if first == 1 {
			in = append(in, reflect.ValueOf(ctx))
		}
		for i, convert := range converts {
			from := e
			if i == 1 {
				// Params of its own: what the handler does to them does not show in the event.
				from = e["path_params"].(map[string]any)
			}
			in = append(in, convert(from))
		}
		out := function.Call(in)
		if lastIsError {
			if failure, _ := out[results-1].Interface().(error); failure != nil {
				return nil, failure
			}
			out = out[:results-1]
		}
		if len(out) == 0 {
			return nil, nil
		}
		return out[0].Interface(), nil
	}, first == 1, nil
}

func texts(params map[string]any) map[string]string {
	result := make(map[string]string, len(params))
	for name, value := range params {
		result[name] = value.(string)
	}
	return result
}
