package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// AppendValue appends value in its shortest form: nil, bool, integers, floats, string, []byte, []any, []string,
// map[string]any or map[string]string. It panics for anything else: what is sent is made here, not by users.
func AppendValue(to []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(to, 0xc0)
	case bool:
		if v {
			return append(to, 0xc3)
		}
		return append(to, 0xc2)
	case int:
		return AppendInt(to, int64(v))
	case int64:
		return AppendInt(to, v)
	case uint32:
		return AppendInt(to, int64(v))
	case float64:
		return appendFloat(to, v)
	case string:
		return AppendString(to, v)
	case []byte:
		return append(AppendBinHeader(to, len(v)), v...)
	case []any:
		to = AppendArrayHeader(to, len(v))
		for _, item := range v {
			to = AppendValue(to, item)
		}
		return to
	case []string:
		to = AppendArrayHeader(to, len(v))
		for _, item := range v {
			to = AppendString(to, item)
		}
		return to
	case map[string]any:
		to = appendMapHeader(to, len(v))
		for key, item := range v {
			to = AppendValue(AppendString(to, key), item)
		}
		return to
	case map[string]string:
		to = appendMapHeader(to, len(v))
		for key, item := range v {
			to = AppendString(AppendString(to, key), item)
		}
		return to
	}
	panic(fmt.Sprintf("the protocol cannot carry a %T", value))
}

// AppendInt writes integers outside -2^31 … 2^32-1 as float 64. PROTOCOL.md §1.
func AppendInt(to []byte, n int64) []byte {
	switch {
	case n >= 0 && n < 0x80, n < 0 && n >= -32:
		return append(to, byte(n))
	case n >= 0 && n < 0x100:
		return append(to, 0xcc, byte(n))
	case n >= 0 && n < 0x10000:
		return append(to, 0xcd, byte(n>>8), byte(n))
	case n >= 0 && n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(to, 0xce), uint32(n))
	case n < 0 && n >= math.MinInt8:
		return append(to, 0xd0, byte(n))
	case n < 0 && n >= math.MinInt16:
		return append(to, 0xd1, byte(n>>8), byte(n))
	case n < 0 && n >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(to, 0xd2), uint32(n))
	}
	return appendFloat(to, float64(n))
}

func appendFloat(to []byte, n float64) []byte {
	return binary.BigEndian.AppendUint64(append(to, 0xcb), math.Float64bits(n))
}

// AppendString writes what is no UTF-8 as U+FFFD.
func AppendString(to []byte, text string) []byte {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	size := len(text)
	switch {
	case size < 32:
		to = append(to, 0xa0|byte(size))
	case size < 0x100:
		to = append(to, 0xd9, byte(size))
	case size < 0x10000:
		to = append(to, 0xda, byte(size>>8), byte(size))
	default:
		to = binary.BigEndian.AppendUint32(append(to, 0xdb), uint32(size))
	}
	return append(to, text...)
}

// AppendBinHeader writes what comes before size bytes of bin.
func AppendBinHeader(to []byte, size int) []byte {
	switch {
	case size < 0x100:
		return append(to, 0xc4, byte(size))
	case size < 0x10000:
		return append(to, 0xc5, byte(size>>8), byte(size))
	}
	return binary.BigEndian.AppendUint32(append(to, 0xc6), uint32(size))
}

// AppendArrayHeader writes what comes before count elements.
func AppendArrayHeader(to []byte, count int) []byte {
	switch {
	case count < 16:
		return append(to, 0x90|byte(count))
	case count < 0x10000:
		return append(to, 0xdc, byte(count>>8), byte(count))
	}
	return binary.BigEndian.AppendUint32(append(to, 0xdd), uint32(count))
}

func appendMapHeader(to []byte, count int) []byte {
	switch {
	case count < 16:
		return append(to, 0x80|byte(count))
	case count < 0x10000:
		return append(to, 0xde, byte(count>>8), byte(count))
	}
	return binary.BigEndian.AppendUint32(append(to, 0xdf), uint32(count))
}
