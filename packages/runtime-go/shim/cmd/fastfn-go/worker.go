package main

import (
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/fastfn/fastfn/go/internal/output"
	"github.com/fastfn/fastfn/go/internal/parentdeath"
	"github.com/fastfn/fastfn/go/internal/wire"
)

// lastWords is how much of what a dead worker left in its pipes is read.
const lastWords = 64 << 10

// worker is one process, from its start to its reaping. Guarded by the daemon's lock.
type worker struct {
	name, socket string
	pid          int
	// control is the connection that owns it; nil when that is gone.
	control *control
	// outputs are the read ends behind its stdout and stderr: what it leaves in them when it dies is read here.
	outputs [2]*os.File
	kill    *time.Timer
	killAt  time.Time
}

// stop sends SIGTERM, and SIGKILL after the grace. A second request can only shorten that.
func (w *worker) stop(grace time.Duration) {
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

// ended tells of its end, after it was reaped.
func (w *worker) ended(status syscall.WaitStatus) {
	if w.kill != nil {
		w.kill.Stop()
	}
	// What it started goes along.
	syscall.Kill(-w.pid, syscall.SIGKILL)
	os.Remove(w.socket)
	for i, pipe := range w.outputs {
		// Something that left the group may still hold the other end.
		syscall.SetNonblock(int(pipe.Fd()), true)
		rest := make([]byte, lastWords)
		n, _ := syscall.Read(int(pipe.Fd()), rest)
		pipe.Close()
		if w.control == nil || n <= 0 {
			continue
		}
		for _, text := range output.Split(rest[:n]) {
			w.control.send(wire.Frame(wire.Log, w.name, int64(i+1), text))
		}
	}
	if w.control == nil {
		return
	}
	if status.Signaled() {
		w.control.send(wire.Frame(wire.Exited, w.name, nil, signalName(status.Signal())))
	} else {
		w.control.send(wire.Frame(wire.Exited, w.name, int64(status.ExitStatus()), nil))
	}
}

// spawner starts processes, all from one thread: the kernel ends a worker with the thread that made it.
type spawner struct {
	jobs  chan func()
	death *os.File
	null  *os.File
}

func newSpawner() (*spawner, error) {
	// The daemon alone holds the other end, until it dies.
	death, held, err := pipe()
	if err != nil {
		return nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	s := &spawner{jobs: make(chan func()), death: death, null: null}
	go func() {
		runtime.LockOSThread()
		for job := range s.jobs {
			job()
		}
		runtime.KeepAlive(held)
	}()
	return s, nil
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
		}
		closeFile(reads[2])
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
	done := make(chan error)
	s.jobs <- func() {
		var err error
		w.pid, err = syscall.ForkExec(spec.entry, []string{spec.entry}, attributes)
		done <- err
	}
	if err := <-done; err != nil {
		w.pid = 0
		return err
	}
	feed := writes[2]
	writes[2] = nil
	go func() {
		io.WriteString(feed, string(spec.forWorker))
		feed.Close()
	}()
	return nil
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
