package main

import (
	"encoding/json"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"0.fastfn"
	"github.com/fastfn/fastfn/go/internal/output"
	"github.com/fastfn/fastfn/go/internal/parentdeath"
	"github.com/fastfn/fastfn/go/internal/sandbox"
	"github.com/fastfn/fastfn/go/internal/wire"
)

const (
	// lastWords is how much of what a dead worker left in its pipes is read.
	lastWords = 64 << 10
	maxFilter = 60 << 10
)

// worker is one process, from its start to its reaping. Guarded by the daemon's lock.
type worker struct {
	name, socket string
	pid          int
	// control is the connection that owns it; nil when that is gone.
	control *control
	// outputs are the read ends behind its stdout and stderr: what it leaves in them when it dies is read here.
	outputs [2]*os.File
	// listener and spec are what it was given: who has read its spec has begun its main, and answers for itself.
	listener *net.UnixListener
	spec     *os.File
	// fed is closed when the spec is in the pipe.
	fed    chan struct{}
	root   string
	kill   *time.Timer
	killAt time.Time
	// gone is closed when it was reaped; the thread that made it waits for that.
	gone chan struct{}
	// refusal answers in its place when it ended before that.
	refusal *refusal
}

// stop sends SIGTERM, and SIGKILL after the grace. A second request can only shorten that.
func (w *worker) stop(grace time.Duration) {
	if w.pid == 0 {
		w.refusal.close()
		return
	}
	if grace <= 0 {
		syscall.Kill(-w.pid, syscall.SIGKILL)
		return
	}
	at := time.Now().Add(grace)
	if w.kill == nil {
		syscall.Kill(-w.pid, syscall.SIGTERM)
	} else if !at.Before(w.killAt) || !w.kill.Stop() {
		return
	}
	pid := w.pid
	w.killAt = at
	w.kill = time.AfterFunc(grace, func() { syscall.Kill(-pid, syscall.SIGKILL) })
}

// loadFailure sees off the process after its reaping: passes its last words on, and says why it never served, or nil.
func (w *worker) loadFailure(status syscall.WaitStatus) *loadFailure {
	close(w.gone)
	stopped := w.kill != nil
	if stopped {
		w.kill.Stop()
	}
	// What it started goes along.
	syscall.Kill(-w.pid, syscall.SIGKILL)
	begun := w.hasBegun()
	w.spec.Close()
	words := w.lastWords()
	if w.control == nil {
		return nil
	}
	for i, text := range words {
		for _, part := range output.Split(text) {
			w.control.send(wire.Frame(wire.Log, w.name, int64(i+1), part))
		}
	}
	if stopped || begun {
		return nil
	}
	return readLoadFailure(status, words[1], w.root)
}

// tellExit sends EXITED. The caller holds the daemon's lock.
func (w *worker) tellExit(status syscall.WaitStatus) {
	os.Remove(w.socket)
	if w.control == nil {
		return
	}
	if status.Signaled() {
		w.control.send(wire.Frame(wire.Exited, w.name, nil, signalName(status.Signal())))
	} else {
		w.control.send(wire.Frame(wire.Exited, w.name, int64(status.ExitStatus()), nil))
	}
}

// hasBegun: its spec was taken out of the pipe, which is the first thing that its main does.
func (w *worker) hasBegun() bool {
	select {
	case <-w.fed:
	default:
		return false
	}
	syscall.SetNonblock(int(w.spec.Fd()), true)
	var first [1]byte
	n, _ := syscall.Read(int(w.spec.Fd()), first[:])
	return n <= 0
}

// lastWords is what it left in its pipes: stdout, stderr.
func (w *worker) lastWords() (words [2][]byte) {
	for i, pipe := range w.outputs {
		// Something that left the group may still hold the other end.
		syscall.SetNonblock(int(pipe.Fd()), true)
		rest := make([]byte, lastWords)
		n, _ := syscall.Read(int(pipe.Fd()), rest)
		pipe.Close()
		if n > 0 {
			words[i] = rest[:n]
		}
	}
	return words
}

// spawner starts processes, each from a thread of its own that lives as long: the sandbox of a worker is put on the thread that
// makes it, and the kernel ends a worker with that thread.
type spawner struct {
	death *os.File
	// held is the other end of death; the daemon alone has it.
	held *os.File
	null *os.File
}

func newSpawner() (*spawner, error) {
	death, held, err := pipe()
	if err != nil {
		return nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	return &spawner{death, held, null}, nil
}

func (s *spawner) spawn(w *worker, spec *startSpec, socket *net.UnixListener) error {
	// The worker goes on listening when the daemon closes its own copy.
	socket.SetUnlinkOnClose(false)
	listener, err := socket.File()
	if err != nil {
		return err
	}
	defer listener.Close()
	var reads, writes [3]*os.File
	defer func() {
		for _, file := range writes {
			closeFile(file)
		}
		if w.pid == 0 {
			closeFile(w.outputs[0])
			closeFile(w.outputs[1])
			closeFile(reads[2])
		}
	}()
	for i := range reads {
		if reads[i], writes[i], err = pipe(); err != nil {
			return err
		}
		if i < 2 {
			w.outputs[i] = reads[i]
		}
	}
	attributes := &syscall.ProcAttr{
		Dir: spec.folder,
		Env: merged(os.Environ(), spec.environment),
		Files: []uintptr{
			s.null.Fd(), writes[0].Fd(), writes[1].Fd(),
			// As numbered in package worker.
			listener.Fd(), reads[2].Fd(), s.death.Fd(), reads[0].Fd(), reads[1].Fd(),
		},
		Sys: parentdeath.Attributes(),
	}
	if spec.sandbox != nil {
		filter, err := filled(spec.sandbox.Filter)
		if err != nil {
			return err
		}
		defer filter.Close()
		// In front: of two of the same name the first counts.
		variable := first.FilterVariable + "=" + strconv.Itoa(len(attributes.Files))
		attributes.Env = append([]string{variable}, attributes.Env...)
		attributes.Files = append(attributes.Files, filter.Fd())
	}
	w.gone = make(chan struct{})
	done := make(chan error)
	go func() {
		// Never unlocked: what was done to this thread ends with it.
		runtime.LockOSThread()
		if spec.sandbox != nil {
			spec.forWorker["sandbox"] = sandbox.RestrictThread(spec.sandbox, spec.entry)
		}
		pid, err := syscall.ForkExec(spec.entry, []string{spec.entry}, attributes)
		if err == nil {
			w.pid = pid
		}
		done <- err
		if err == nil {
			<-w.gone
		}
	}()
	if err := <-done; err != nil {
		return err
	}
	text, err := json.Marshal(spec.forWorker)
	if err != nil {
		// Nothing that came as MessagePack is that. The worker, given nothing to read, ends.
		text = nil
	}
	w.listener, w.spec, w.root, w.fed = socket, reads[2], spec.root, make(chan struct{})
	feed := writes[2]
	writes[2] = nil
	go func() {
		feed.Write(text)
		feed.Close()
		close(w.fed)
	}()
	return nil
}

// filled is the read end of a pipe that holds a text.
func filled(text []byte) (*os.File, error) {
	read, write, err := pipe()
	if err != nil {
		return nil, err
	}
	defer write.Close()
	// A filter has a few hundred instructions, and a pipe holds two thousand: this never waits for a reader.
	if len(text) > maxFilter {
		text = nil
	}
	if _, err := write.Write(text); err != nil {
		read.Close()
		return nil, err
	}
	return read, nil
}

// pipe makes a blocking one; os.Pipe would make both ends non-blocking for the worker as well.
func pipe() (read, write *os.File, err error) {
	var fds [2]int
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := syscall.Pipe(fds[:]); err != nil {
		return nil, nil, err
	}
	syscall.CloseOnExec(fds[0])
	syscall.CloseOnExec(fds[1])
	return os.NewFile(uintptr(fds[0]), "pipe"), os.NewFile(uintptr(fds[1]), "pipe"), nil
}

func closeFile(file *os.File) {
	if file != nil {
		file.Close()
	}
}

func merged(base []string, over map[string]string) []string {
	result := make([]string, 0, len(base)+len(over))
	for _, pair := range base {
		name, _, _ := strings.Cut(pair, "=")
		if _, replaced := over[name]; !replaced {
			result = append(result, pair)
		}
	}
	for name, value := range over {
		result = append(result, name+"="+value)
	}
	return result
}

var signalNames = map[syscall.Signal]string{
	syscall.SIGHUP: "SIGHUP", syscall.SIGINT: "SIGINT", syscall.SIGQUIT: "SIGQUIT", syscall.SIGILL: "SIGILL",
	syscall.SIGTRAP: "SIGTRAP", syscall.SIGABRT: "SIGABRT", syscall.SIGBUS: "SIGBUS", syscall.SIGFPE: "SIGFPE",
	syscall.SIGKILL: "SIGKILL", syscall.SIGSEGV: "SIGSEGV", syscall.SIGPIPE: "SIGPIPE", syscall.SIGALRM: "SIGALRM",
	syscall.SIGTERM: "SIGTERM", syscall.SIGXCPU: "SIGXCPU", syscall.SIGSYS: "SIGSYS",
}

func signalName(number syscall.Signal) string {
	if name := signalNames[number]; name != "" {
		return name
	}
	return "SIG" + number.String()
}
