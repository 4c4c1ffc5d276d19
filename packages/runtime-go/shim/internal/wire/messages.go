package wire

import (
	"fmt"
	"math"
	"time"
)

// Version of the protocol.
const Version = 1

const (
	// HandshakeWait is how long a HELLO may take.
	HandshakeWait = 5 * time.Second
	// CloseWait is how long a side that ends a connection waits for the other's end of file.
	CloseWait = time.Second
	// CreditWindow is how many bytes of CHUNK of one call may be unacknowledged.
	CreditWindow = 256 << 10
	// MaxChunk is the most bytes of one CHUNK.
	MaxChunk = 64 << 10
)

// Message types.
const (
	Hello       = 0
	Ping        = 1
	Pong        = 2
	FaultFrame  = 3
	Start       = 10
	Started     = 11
	StartFailed = 12
	Stop        = 13
	Exited      = 14
	Log         = 15
	Invoke      = 20
	Input       = 21
	Cancel      = 22
	Credit      = 23
	Ready       = 30
	LoadError   = 31
	Files       = 32
	Head        = 40
	Chunk       = 41
	End         = 42
	Error       = 43
	Output      = 44
	Proxy       = 45
)

type kind int

const (
	uint32Kind kind = iota
	numberKind
	strKind
	binKind
	boolKind
	flagsKind
	pairsKind
	mapKind
	mapOrNilKind
)

// Shapes are the messages a side takes, by type, and what their elements must be.
type Shapes map[int64][]kind

var link = Shapes{
	Hello:      {uint32Kind, mapKind},
	Ping:       {uint32Kind},
	Pong:       {uint32Kind},
	FaultFrame: {strKind, strKind},
}

// ToDaemon are the messages that travel from a gateway to a daemon.
var ToDaemon = with(link, Shapes{
	Start: {strKind, mapKind},
	Stop:  {strKind, uint32Kind},
})

// ToWorker are the messages that travel from a gateway to a worker.
var ToWorker = with(link, Shapes{
	Invoke: {
		uint32Kind, strKind, strKind, strKind, strKind, // id, request_id, method, path, raw_path
		pairsKind, pairsKind, strKind, strKind, // query, params, headers, client_ip
		numberKind, numberKind, mapOrNilKind, mapOrNilKind, // ts, timeout_ms, session, context
		flagsKind, binKind,
	},
	Input:  {uint32Kind, binKind, boolKind},
	Cancel: {uint32Kind, strKind},
	Credit: {uint32Kind, uint32Kind},
})

func with(base, more Shapes) Shapes {
	all := Shapes{}
	for _, part := range []Shapes{base, more} {
		for number, shape := range part {
			all[number] = shape
		}
	}
	return all
}

func isKnown(number int64) bool {
	switch {
	case number >= Hello && number <= FaultFrame, number >= Start && number <= Log:
		return true
	case number >= Invoke && number <= Credit, number >= Ready && number <= Files, number >= Head && number <= Proxy:
		return true
	}
	return false
}

// ReadMessage is the message of a payload, checked: every element is there and of its type. uint32, flags and the message
// type are int64, numbers float64, pairs []any of strings, nil maps a nil map[string]any.
func ReadMessage(payload []byte, shapes Shapes) ([]any, error) {
	value, err := Decode(payload)
	if err != nil {
		return nil, err
	}
	message, ok := value.([]any)
	if !ok || len(message) == 0 {
		return nil, malformed("it is no message")
	}
	number, ok := toUint32(message[0])
	if !ok {
		return nil, malformed("its first element is no message type")
	}
	message[0] = number
	shape, ok := shapes[number]
	if !ok {
		if isKnown(number) {
			return nil, &Fault{UnexpectedMessage, fmt.Sprintf("Message type %d does not travel this way.", number)}
		}
		return nil, &Fault{UnknownMessage, fmt.Sprintf("Message type %d is not known.", number)}
	}
	for len(message) <= len(shape) {
		message = append(message, nil)
	}
	for i, kind := range shape {
		converted, ok := convert(kind, message[i+1])
		if !ok {
			return nil, malformed("element %d of message %d is of the wrong type", i+1, number)
		}
		message[i+1] = converted
	}
	return message, nil
}

func convert(kind kind, value any) (any, bool) {
	switch kind {
	case flagsKind:
		if value == nil {
			return int64(0), true
		}
		return toUint32Any(value)
	case uint32Kind:
		return toUint32Any(value)
	case numberKind:
		switch n := value.(type) {
		case int64:
			return float64(n), true
		case float64:
			return n, !math.IsNaN(n) && !math.IsInf(n, 0)
		}
		return nil, false
	case strKind:
		_, ok := value.(string)
		return value, ok
	case binKind:
		switch bytes := value.(type) {
		case nil:
			return []byte(nil), true
		case []byte:
			return bytes, true
		case string:
			return []byte(bytes), true
		}
		return nil, false
	case boolKind:
		if value == nil {
			return false, true
		}
		_, ok := value.(bool)
		return value, ok
	case pairsKind:
		return toPairs(value)
	case mapOrNilKind:
		if value == nil {
			return map[string]any(nil), true
		}
	}
	_, ok := value.(map[string]any)
	return value, ok
}

func toPairs(value any) (any, bool) {
	if value == nil {
		return []any(nil), true
	}
	items, ok := value.([]any)
	if !ok || len(items)%2 != 0 {
		return nil, false
	}
	for _, item := range items {
		if _, ok := item.(string); !ok {
			return nil, false
		}
	}
	return items, true
}

func toUint32Any(value any) (any, bool) {
	n, ok := toUint32(value)
	return n, ok
}

func toUint32(value any) (int64, bool) {
	switch n := value.(type) {
	case int64:
		return n, n >= 0 && n <= math.MaxUint32
	case float64:
		whole := n >= 0 && n <= math.MaxUint32 && n == math.Trunc(n)
		if !whole {
			return 0, false
		}
		return int64(n), true
	}
	return 0, false
}

// CheckGreeting looks at the first message of a gateway.
func CheckGreeting(message []any) error {
	if message[0] != int64(Hello) {
		return &Fault{UnexpectedMessage, fmt.Sprintf("The first message must be HELLO, not type %d.", message[0])}
	}
	if message[1] != int64(Version) {
		text := fmt.Sprintf("Version %d of the protocol is not supported; this side speaks version %d.", message[1], Version)
		return &Fault{ProtocolVersion, text}
	}
	if info := message[2].(map[string]any); info["role"] != "gateway" {
		return &Fault{UnexpectedMessage, "HELLO must come from a gateway."}
	}
	return nil
}
