package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

const (
	// DefaultMaxFrame is the frame limit when nothing else is said, bytes.
	DefaultMaxFrame = 16 << 20
	// FrameHeadroom is the part of the limit kept free for everything but the body.
	FrameHeadroom = 64 << 10

	readBuffer = 64 << 10
)

// FrameLimit is FN_MAX_FRAME_BYTES of the environment, or the default.
func FrameLimit() int {
	if n, err := strconv.Atoi(os.Getenv("FN_MAX_FRAME_BYTES")); err == nil && n > 0 {
		return n
	}
	return DefaultMaxFrame
}

// FrameReader cuts a stream into payloads.
type FrameReader struct {
	in    *bufio.Reader
	limit int
	used  int
}

// NewFrameReader reads frames of at most limit bytes.
func NewFrameReader(in io.Reader, limit int) *FrameReader {
	return &FrameReader{in: bufio.NewReaderSize(in, readBuffer), limit: limit}
}

// Next gives the next payload, valid until the next call.
//
// The error is io.EOF when the stream ends between frames, a *Fault when the frame is none, or that of the stream.
func (r *FrameReader) Next() ([]byte, error) {
	r.in.Discard(r.used)
	r.used = 0
	head, err := r.in.Peek(4)
	if err != nil {
		if errors.Is(err, io.EOF) && len(head) > 0 {
			return nil, malformed("the stream ends inside a length")
		}
		return nil, err
	}
	announced := binary.BigEndian.Uint32(head)
	if announced == 0 {
		return nil, malformed("its length is zero")
	}
	if uint64(announced) > uint64(r.limit) {
		text := fmt.Sprintf("A frame of %d bytes came; the limit is %d.", announced, r.limit)
		return nil, &Fault{FrameTooLarge, text}
	}
	size := int(announced)
	if size+4 <= readBuffer {
		whole, err := r.in.Peek(size + 4)
		if err != nil {
			return nil, insideFrame(err)
		}
		r.used = size + 4
		return whole[4:], nil
	}
	r.in.Discard(4)
	payload := make([]byte, size)
	if _, err := io.ReadFull(r.in, payload); err != nil {
		return nil, insideFrame(err)
	}
	return payload, nil
}

// Buffered reports whether Next would give a payload without reading.
func (r *FrameReader) Buffered() bool {
	rest := r.in.Buffered() - r.used
	if rest < 4 {
		return false
	}
	held, _ := r.in.Peek(r.used + 4)
	return uint64(rest-4) >= uint64(binary.BigEndian.Uint32(held[r.used:]))
}

func insideFrame(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("the stream ends inside it")
	}
	return err
}

// BeginFrame appends room for the length of a frame; EndFrame fills it in.
func BeginFrame(to []byte) (buffer []byte, start int) {
	return append(to, 0, 0, 0, 0), len(to)
}

// EndFrame writes the length of the frame that began at start.
func EndFrame(buffer []byte, start int) []byte {
	binary.BigEndian.PutUint32(buffer[start:], uint32(len(buffer)-start-4))
	return buffer
}

// Frame is a whole message as a frame.
func Frame(message ...any) []byte {
	buffer, start := BeginFrame(nil)
	return EndFrame(AppendValue(buffer, message), start)
}
