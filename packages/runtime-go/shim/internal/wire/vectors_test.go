package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

type vector struct {
	Name        string
	Canonical   bool
	SeveralKeys bool `json:"several_keys"`
	Value       any
	Hex         any
	Fault       string
	To          string
	AfterHello  bool `json:"after_hello"`
	Limit       int
}

func readVectors(t *testing.T, name, key string) []vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv("FASTFN_VECTORS"), name))
	if err != nil {
		t.Skip("FASTFN_VECTORS must name the folder of the golden vectors")
	}
	var file map[string]json.RawMessage
	var vectors []vector
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file[key], &vectors); err != nil {
		t.Fatal(err)
	}
	return vectors
}

func bytesOf(t *testing.T, notation any) []byte {
	t.Helper()
	if text, ok := notation.(string); ok {
		data, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if part, ok := notation.(map[string]any); ok {
		return bytes.Repeat(bytesOf(t, part["$repeat"]), int(part["times"].(float64)))
	}
	var all []byte
	for _, part := range notation.([]any) {
		all = append(all, bytesOf(t, part)...)
	}
	return all
}

func valueOf(t *testing.T, notation any) any {
	t.Helper()
	switch v := notation.(type) {
	case float64:
		if v == math.Trunc(v) && v >= math.MinInt32 && v <= math.MaxUint32 {
			return int64(v)
		}
		return v
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = valueOf(t, item)
		}
		return items
	case map[string]any:
		if len(v) == 1 {
			if n, ok := v["$float"]; ok {
				return n
			}
			if text, ok := v["$str"].(map[string]any); ok {
				return strings.Repeat(text["$repeat"].(string), int(text["times"].(float64)))
			}
			if bin, ok := v["$bin"]; ok {
				text, times := bin, 1
				if repeat, ok := bin.(map[string]any); ok {
					text, times = repeat["$repeat"], int(repeat["times"].(float64))
				}
				data, err := base64.StdEncoding.DecodeString(text.(string))
				if err != nil {
					t.Fatal(err)
				}
				return bytes.Repeat(data, times)
			}
		}
		result := map[string]any{}
		for key, item := range v {
			result[key] = valueOf(t, item)
		}
		return result
	}
	return notation
}

// same compares numbers by value: whether one came as an integer or a float is the writer's choice.
func same(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	switch v := a.(type) {
	case []any:
		w, ok := b.([]any)
		if !ok || len(v) != len(w) {
			return false
		}
		for i := range v {
			if !same(v[i], w[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		w, ok := b.(map[string]any)
		if !ok || len(v) != len(w) {
			return false
		}
		for key := range v {
			if !same(v[key], w[key]) {
				return false
			}
		}
		return true
	case []byte:
		w, ok := b.([]byte)
		return ok && bytes.Equal(v, w)
	}
	return reflect.DeepEqual(a, b)
}

func number(value any) (float64, bool) {
	switch n := value.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

func TestGoldenMessages(t *testing.T) {
	for _, v := range readVectors(t, "messages.json", "messages") {
		t.Run(v.Name, func(t *testing.T) {
			frame := bytesOf(t, v.Hex)
			want := valueOf(t, v.Value).([]any)
			payload, err := NewFrameReader(bytes.NewReader(frame), DefaultMaxFrame).Next()
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decode(payload)
			if err != nil {
				t.Fatal(err)
			}
			message := got.([]any)
			if v.Canonical && !same(message, want) {
				t.Fatalf("decoded %v, want %v", got, want)
			}
			if shapes := shapesFor(message); shapes != nil {
				if _, err := ReadMessage(payload, shapes); err != nil {
					t.Fatal(err)
				}
			}
			if !v.Canonical {
				return
			}
			encoded := Frame(want...)
			if v.SeveralKeys {
				again, err := Decode(encoded[4:])
				if err != nil || len(encoded) != len(frame) || !same(again, want) {
					t.Fatalf("encoded differently: %x", encoded)
				}
			} else if !bytes.Equal(encoded, frame) {
				t.Fatalf("encoded as %x, want %x", encoded, frame)
			}
		})
	}
}

func shapesFor(message []any) Shapes {
	for _, shapes := range []Shapes{ToWorker, ToDaemon} {
		if _, ok := shapes[message[0].(int64)]; ok {
			return shapes
		}
	}
	return nil
}

// The rules of a conversation (HELLO first, and once) are tested against the running daemon and worker.
func TestInvalidFrames(t *testing.T) {
	for _, v := range readVectors(t, "invalid.json", "invalid") {
		if v.To == "gateway" || !v.AfterHello || v.Name == "a second HELLO" {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			shapes := ToWorker
			if v.To == "daemon" {
				shapes = ToDaemon
			}
			limit := v.Limit
			if limit == 0 {
				limit = DefaultMaxFrame
			}
			reader := NewFrameReader(bytes.NewReader(bytesOf(t, v.Hex)), limit)
			for {
				payload, err := reader.Next()
				if err == nil {
					_, err = ReadMessage(payload, shapes)
				}
				var fault *Fault
				if errors.As(err, &fault) {
					if fault.Code != v.Fault {
						t.Fatalf("fault %v, want %s", fault, v.Fault)
					}
					return
				}
				if errors.Is(err, io.EOF) {
					t.Fatalf("no fault, want %s", v.Fault)
				}
			}
		})
	}
}
