package wire

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"
)

const (
	// MaxNesting bounds arrays and maps inside each other, the message itself included.
	MaxNesting = 100
	maxSafe    = 1 << 53
	// maxShared is the longest frame whose texts share one string. A text that is kept keeps that, so it must be small.
	maxShared = 2048
)

type decoder struct {
	data []byte
	at   int
	// shared is data as a string, empty when each text gets memory of its own.
	shared string
}

// Decode gives the one value in data: nil, bool, int64, float64, string, []byte (a copy), []any or map[string]any.
func Decode(data []byte) (any, error) {
	d := decoder{data: data}
	if len(data) <= maxShared {
		d.shared = string(data)
	}
	value, fault := d.value(0)
	if fault != nil {
		return nil, fault
	}
	if d.at != len(data) {
		return nil, malformed("%d bytes follow the message inside its frame", len(data)-d.at)
	}
	return value, nil
}

func (d *decoder) value(depth int) (any, *Fault) {
	if d.at >= len(d.data) {
		return nil, truncated()
	}
	code := d.data[d.at]
	d.at++
	switch {
	case code < 0x80:
		return int64(code), nil
	case code >= 0xe0:
		return int64(int8(code)), nil
	case code < 0x90:
		return d.mapping(int(code&15), depth)
	case code < 0xa0:
		return d.array(int(code&15), depth)
	case code < 0xc0:
		return d.text(int(code & 31))
	}
	switch code {
	case 0xc0:
		return nil, nil
	case 0xc2:
		return false, nil
	case 0xc3:
		return true, nil
	case 0xc4, 0xc5, 0xc6:
		size, fault := d.length(1 << (code - 0xc4))
		if fault != nil {
			return nil, fault
		}
		bytes, fault := d.take(size)
		if fault != nil {
			return nil, fault
		}
		return append(make([]byte, 0, size), bytes...), nil
	case 0xd9, 0xda, 0xdb:
		size, fault := d.length(1 << (code - 0xd9))
		if fault != nil {
			return nil, fault
		}
		return d.text(size)
	case 0xdc, 0xdd:
		size, fault := d.length(2 << (code - 0xdc))
		if fault != nil {
			return nil, fault
		}
		return d.array(size, depth)
	case 0xde, 0xdf:
		size, fault := d.length(2 << (code - 0xde))
		if fault != nil {
			return nil, fault
		}
		return d.mapping(size, depth)
	}
	return d.number(code)
}

func (d *decoder) number(code byte) (any, *Fault) {
	width := 0
	switch code {
	case 0xcc, 0xd0:
		width = 1
	case 0xcd, 0xd1:
		width = 2
	case 0xca, 0xce, 0xd2:
		width = 4
	case 0xcb, 0xcf, 0xd3:
		width = 8
	default:
		// 0xc1 is never used; the others are extension types.
		return nil, malformed("MessagePack type 0x%x is not part of the protocol", code)
	}
	bytes, fault := d.take(width)
	if fault != nil {
		return nil, fault
	}
	big := binary.BigEndian
	var n int64
	switch code {
	case 0xca:
		return float64(math.Float32frombits(big.Uint32(bytes))), nil
	case 0xcb:
		return math.Float64frombits(big.Uint64(bytes)), nil
	case 0xcc:
		n = int64(bytes[0])
	case 0xcd:
		n = int64(big.Uint16(bytes))
	case 0xce:
		n = int64(big.Uint32(bytes))
	case 0xcf:
		unsigned := big.Uint64(bytes)
		if unsigned >= maxSafe {
			return nil, malformed("an integer is beyond 2^53")
		}
		n = int64(unsigned)
	case 0xd0:
		n = int64(int8(bytes[0]))
	case 0xd1:
		n = int64(int16(big.Uint16(bytes)))
	case 0xd2:
		n = int64(int32(big.Uint32(bytes)))
	case 0xd3:
		n = int64(big.Uint64(bytes))
		if n >= maxSafe || n <= -maxSafe {
			return nil, malformed("an integer is beyond 2^53")
		}
	}
	return n, nil
}

func (d *decoder) array(count, depth int) (any, *Fault) {
	// Each element takes a byte at least: an announced length that cannot be true allocates nothing.
	if count > len(d.data)-d.at {
		return nil, truncated()
	}
	if depth >= MaxNesting {
		return nil, tooDeep()
	}
	items := make([]any, count)
	for i := range items {
		value, fault := d.value(depth + 1)
		if fault != nil {
			return nil, fault
		}
		items[i] = value
	}
	return items, nil
}

func (d *decoder) mapping(count, depth int) (any, *Fault) {
	if count > (len(d.data)-d.at)/2 {
		return nil, truncated()
	}
	if depth >= MaxNesting {
		return nil, tooDeep()
	}
	result := make(map[string]any, count)
	for i := 0; i < count; i++ {
		key, fault := d.value(MaxNesting)
		if fault != nil {
			return nil, fault
		}
		name, ok := key.(string)
		if !ok {
			return nil, malformed("a map key is no str")
		}
		if result[name], fault = d.value(depth + 1); fault != nil {
			return nil, fault
		}
	}
	return result, nil
}

func (d *decoder) text(size int) (any, *Fault) {
	bytes, fault := d.take(size)
	if fault != nil {
		return nil, fault
	}
	if utf8.Valid(bytes) {
		if d.shared != "" {
			return d.shared[d.at-size : d.at], nil
		}
		return string(bytes), nil
	}
	return strings.ToValidUTF8(string(bytes), "\uFFFD"), nil
}

func (d *decoder) length(width int) (int, *Fault) {
	bytes, fault := d.take(width)
	if fault != nil {
		return 0, fault
	}
	n := 0
	for _, b := range bytes {
		n = n<<8 | int(b)
	}
	return n, nil
}

func (d *decoder) take(size int) ([]byte, *Fault) {
	if size < 0 || size > len(d.data)-d.at {
		return nil, truncated()
	}
	bytes := d.data[d.at : d.at+size]
	d.at += size
	return bytes, nil
}

func truncated() *Fault { return malformed("the message is longer than its frame") }

func tooDeep() *Fault {
	return malformed("more than %d arrays and maps lie inside each other", MaxNesting)
}
