// Package wire is the protocol as bytes: the subset of MessagePack, frames, and messages (PROTOCOL.md §1, §2).
package wire

import "fmt"

// Codes of PROTOCOL.md §1, "Faults".
const (
	FrameTooLarge     = "frame_too_large"
	MalformedFrame    = "malformed_frame"
	UnknownMessage    = "unknown_message"
	UnexpectedMessage = "unexpected_message"
	ProtocolVersion   = "protocol_version"
	HandshakeTimeout  = "handshake_timeout"
)

// Fault is what ends a connection.
type Fault struct {
	Code    string
	Message string
}

func (f *Fault) Error() string { return f.Code + ": " + f.Message }

func malformed(format string, args ...any) *Fault {
	return &Fault{MalformedFrame, "The frame is malformed: " + fmt.Sprintf(format, args...) + "."}
}
