package reply

import (
	"context"
	"errors"
	"io"
	"reflect"
)

const filePiece = 32 << 10

// Stream is a body that comes in pieces.
type Stream struct {
	// Typed: the headers name the content type; else it follows from the first piece.
	Typed bool
	// each gives every piece (a string or bytes) to yield until that reports false, and the error that broke it off.
	each func(ctx context.Context, yield func(any) bool) error
}

// Each hands the pieces to yield until that reports false or ctx is done.
func (s *Stream) Each(ctx context.Context, yield func(any) bool) error { return s.each(ctx, yield) }

// asStream takes an io.Reader (closed in the end when it is an io.Closer), a channel, or an iterator function
// (iter.Seq[string], iter.Seq[[]byte], iter.Seq[any]; also iter.Seq2 with an error as its second value).
func asStream(body any) *Stream {
	if reader, ok := body.(io.Reader); ok {
		return &Stream{each: func(ctx context.Context, yield func(any) bool) error { return eachRead(reader, yield) }}
	}
	switch seq := body.(type) {
	case func(func(string) bool):
		return fromSeq(seq)
	case func(func([]byte) bool):
		return fromSeq(seq)
	case func(func(any) bool):
		return fromSeq(seq)
	case func(func(string, error) bool):
		return fromSeq2(seq)
	case func(func([]byte, error) bool):
		return fromSeq2(seq)
	}
	v := reflect.ValueOf(body)
	switch v.Kind() {
	case reflect.Chan:
		if v.Type().ChanDir()&reflect.RecvDir != 0 && isPiece(v.Type().Elem()) {
			return &Stream{each: func(ctx context.Context, yield func(any) bool) error { return eachReceived(ctx, v, yield) }}
		}
	case reflect.Func:
		// The named types of package iter are the functions above.
		for _, plain := range seqTypes {
			if v.Type().ConvertibleTo(plain) {
				return asStream(v.Convert(plain).Interface())
			}
		}
	}
	return nil
}

var seqTypes = []reflect.Type{
	reflect.TypeOf((func(func(string) bool))(nil)),
	reflect.TypeOf((func(func([]byte) bool))(nil)),
	reflect.TypeOf((func(func(any) bool))(nil)),
	reflect.TypeOf((func(func(string, error) bool))(nil)),
	reflect.TypeOf((func(func([]byte, error) bool))(nil)),
}

func isPiece(t reflect.Type) bool {
	bytes := t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
	return bytes || t.Kind() == reflect.String || t.Kind() == reflect.Interface
}

func fromSeq[T any](seq func(func(T) bool)) *Stream {
	return &Stream{each: func(_ context.Context, yield func(any) bool) error {
		seq(func(piece T) bool { return yield(piece) })
		return nil
	}}
}

func fromSeq2[T any](seq func(func(T, error) bool)) *Stream {
	return &Stream{each: func(_ context.Context, yield func(any) bool) error {
		var failure error
		seq(func(piece T, err error) bool {
			failure = err
			return err == nil && yield(piece)
		})
		return failure
	}}
}

func eachRead(reader io.Reader, yield func(any) bool) error {
	if closer, ok := reader.(io.Closer); ok {
		defer closer.Close()
	}
	buffer := make([]byte, filePiece)
	for {
		n, err := reader.Read(buffer)
		if n > 0 && !yield(buffer[:n]) {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// eachReceived ends with the channel, or with the call: who sends to it should then listen to the call's context.
// An error sent as a piece (chan any) breaks the body off.
func eachReceived(ctx context.Context, channel reflect.Value, yield func(any) bool) error {
	cases := []reflect.SelectCase{
		{Dir: reflect.SelectRecv, Chan: channel},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ctx.Done())},
	}
	for {
		chosen, value, ok := reflect.Select(cases)
		if chosen == 1 || !ok {
			return nil
		}
		piece := value.Interface()
		if err, isError := piece.(error); isError {
			return err
		}
		if !yield(piece) {
			return nil
		}
	}
}

// PieceBytes is one piece as bytes, and whether it was text.
func PieceBytes(piece any) (data []byte, isText bool, problem *Invalid) {
	switch v := piece.(type) {
	case string:
		return []byte(v), true, nil
	case []byte:
		return v, false, nil
	}
	v := reflect.ValueOf(piece)
	if v.Kind() == reflect.String {
		return []byte(v.String()), true, nil
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		return v.Bytes(), false, nil
	}
	return nil, false, invalid("The handler's stream gave %s; a piece must be a string or []byte.", describe(piece))
}

// PieceType is the content type of an untyped stream, by its first piece.
func PieceType(data []byte, isText bool) string {
	if isText {
		return textType(string(data))
	}
	return bytesType
}
