// Package output captures what a handler's process prints, told apart by call (PROTOCOL.md, "Output").
//
// What handlers print through fmt, log and slog is told apart by goroutine: their fmt is the one of this module, and log
// writes here. All else (os.Stdout itself, println, child processes, C code) goes through the pipes behind file descriptors
// 1 and 2, and belongs to the only call that runs, or to none when there are several.
package output

import (
	"io"
	"log"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/fastfn/fastfn/go/internal/wire"
)

const (
	// Stdout and Stderr are the streams of PROTOCOL.md.
	Stdout = 1
	Stderr = 2

	// maxKept are the bytes kept per call and stream; for what belongs to no call: per flush.
	maxKept = 64 << 10
	// readPiece is read from a pipe at once, and readRounds such pieces before others get their turn.
	readPiece  = 32 << 10
	readRounds = 8
	// readDelay lets a process that is dying say why without anybody reading it here, where it would be lost; the daemon reads
	// what is left. Who ends a call reads at once.
	readDelay = 10 * time.Millisecond
	// flushDelay gathers what a running call prints into few frames.
	flushDelay = 50 * time.Millisecond
)

// Output holds the streams of this process.
type Output struct {
	reads      [2]int
	printed    *printed
	background *Sink
	// dirty holds a token when something waits to be sent.
	dirty chan struct{}

	lock    sync.Mutex
	running map[*Sink]struct{}

	draining sync.Mutex
	buffer   [readPiece]byte
	marks    marks
}

// Process is the one Output of this process; a program has only one stdout.
var Process *Output

// Install makes Process, which reads the pipes reads[0] (stdout) and reads[1] (stderr). Called once.
//
// background sends what belongs to no call; it reports false when nobody is there to take it.
func Install(reads [2]int, background func([]byte) bool) *Output {
	out := &Output{
		reads:      reads,
		printed:    newPrinted(reads),
		background: &Sink{send: background},
		dirty:      make(chan struct{}, 1),
		running:    map[*Sink]struct{}{},
		marks:      marks{set: map[unsafe.Pointer]*mark{}},
	}
	Process = out
	go out.flushLoop()
	log.SetOutput(out.Writer(Stderr))
	for i := range reads {
		syscall.SetNonblock(reads[i], true)
		go out.watch(os.NewFile(uintptr(reads[i]), "output"), i+1)
	}
	return out
}

// Writer is Print as an io.Writer.
func (o *Output) Writer(stream int) io.Writer { return streamWriter{o, stream} }

type streamWriter struct {
	out    *Output
	stream int
}

func (w streamWriter) Write(data []byte) (int, error) {
	w.out.Print(w.stream, data)
	return len(data), nil
}

// Sink is what one call (or, with id 0, no call) printed.
type Sink struct {
	id      uint32
	lock    sync.Mutex
	kept    [2][]byte
	size    [2]int
	dropped [2]int
	ended   bool
	mark    *mark
	// send takes frames; it reports false when they went nowhere.
	send func([]byte) bool
}

// Begin says that a call runs on this goroutine.
func (o *Output) Begin(id uint32, send func([]byte) bool) *Sink {
	sink := &Sink{id: id, send: send}
	sink.mark = o.marks.hang(sink)
	o.lock.Lock()
	o.running[sink] = struct{}{}
	o.lock.Unlock()
	return sink
}

// End gives the OUTPUT frames of a call, appended to the buffer; the call's last frame comes after them.
func (o *Output) End(sink *Sink, to []byte) []byte {
	o.Drain()
	o.lock.Lock()
	delete(o.running, sink)
	o.lock.Unlock()
	o.marks.take(sink.mark)
	sink.lock.Lock()
	defer sink.lock.Unlock()
	sink.ended = true
	return sink.take(to, true)
}

// Print keeps what the running goroutine printed.
func (o *Output) Print(stream int, data []byte) {
	// First what it wrote before by other means, so that the order stays.
	o.Drain()
	sink := o.marks.current()
	if sink == nil || !sink.add(stream, data) {
		sink = o.background
		sink.add(stream, data)
	}
	// At once: should the process end in the next moment, this is what explains it.
	sink.flush(sink == o.background)
}

// Flush sends what waits, of calls that go on and of none.
func (o *Output) Flush() {
	o.lock.Lock()
	sinks := make([]*Sink, 0, len(o.running)+1)
	for sink := range o.running {
		sinks = append(sinks, sink)
	}
	o.lock.Unlock()
	for _, sink := range append(sinks, o.background) {
		sink.flush(sink == o.background)
	}
}

// flushLoop sends what is printed while a call goes on, some at a time.
func (o *Output) flushLoop() {
	for range o.dirty {
		time.Sleep(flushDelay)
		o.Flush()
	}
}

// Drain empties the pipes into the sink of the call that can only have written it.
func (o *Output) Drain() {
	o.draining.Lock()
	defer o.draining.Unlock()
	if !o.printed.any() {
		return
	}
	for i, fd := range o.reads {
		o.drain(fd, i+1)
	}
}

// drain reports whether more may be there. The caller holds draining.
func (o *Output) drain(fd, stream int) bool {
	for i := 0; i < readRounds; i++ {
		n, err := syscall.Read(fd, o.buffer[:])
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 || err != nil {
			return false
		}
		o.add(o.only(), stream, o.buffer[:n])
		if n < len(o.buffer) {
			return false
		}
	}
	return true
}

// watch empties a pipe whenever something comes, so that a flood never blocks who prints.
func (o *Output) watch(pipe *os.File, stream int) {
	conn, err := pipe.SyscallConn()
	if err != nil {
		return
	}
	conn.Read(func(fd uintptr) bool {
		time.Sleep(readDelay)
		o.draining.Lock()
		for o.drain(int(fd), stream) {
			o.draining.Unlock()
			o.draining.Lock()
		}
		o.draining.Unlock()
		return false
	})
}

func (o *Output) only() *Sink {
	o.lock.Lock()
	defer o.lock.Unlock()
	if len(o.running) == 1 {
		for sink := range o.running {
			return sink
		}
	}
	return nil
}

func (o *Output) add(sink *Sink, stream int, data []byte) {
	if sink == nil || !sink.add(stream, data) {
		o.background.add(stream, data)
	}
	select {
	case o.dirty <- struct{}{}:
	default:
	}
}

// add reports false when the call has ended.
func (s *Sink) add(stream int, data []byte) bool {
	i := stream - 1
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.ended {
		return false
	}
	room := maxKept - s.size[i]
	if len(data) > room {
		kept := 0
		if room > 0 {
			kept = wholeRunes(data[:room])
		}
		s.dropped[i] += len(data) - kept
		// From here on all is dropped, or what is kept would have holes.
		s.size[i] = maxKept
		data = data[:kept]
	} else {
		s.size[i] += len(data)
	}
	s.kept[i] = append(s.kept[i], data...)
	return true
}

func (s *Sink) flush(final bool) {
	// Held while sending: the last frame of the call must not overtake these.
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.ended || len(s.kept[0])+len(s.kept[1]) == 0 {
		return
	}
	before, size, dropped := s.kept, s.size, s.dropped
	if !s.send(s.take(nil, final)) {
		s.kept, s.size, s.dropped = before, size, dropped
	}
}

// take appends frames of what is there; final: even half a character, and the count of what was dropped. The caller holds
// lock.
func (s *Sink) take(to []byte, final bool) []byte {
	for i, kept := range s.kept {
		whole := len(kept)
		if !final {
			whole = wholeRunes(kept)
		}
		for _, text := range Split(kept[:whole]) {
			to = AppendFrame(to, s.id, i+1, text)
		}
		s.kept[i] = append([]byte(nil), kept[whole:]...)
		if !final {
			continue
		}
		if s.dropped[i] > 0 {
			to = AppendFrame(to, s.id, i+1, droppedLine(s.dropped[i]))
		}
		s.size[i], s.dropped[i] = 0, 0
	}
	return to
}

// AppendFrame appends an OUTPUT frame.
func AppendFrame(to []byte, id uint32, stream int, text string) []byte {
	to, start := wire.BeginFrame(to)
	to = wire.AppendInt(append(to, 0x94, wire.Output), int64(id))
	to = wire.AppendString(wire.AppendInt(to, int64(stream)), text)
	return wire.EndFrame(to, start)
}
