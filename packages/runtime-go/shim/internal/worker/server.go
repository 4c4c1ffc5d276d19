package worker

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fastfn/fastfn/go/internal/event"
	"github.com/fastfn/fastfn/go/internal/output"
	"github.com/fastfn/fastfn/go/internal/parentdeath"
	"github.com/fastfn/fastfn/go/internal/wire"
)

// loadErrorWait is how long a worker that could not load waits for a gateway to tell, and lateWait for further ones.
const (
	loadErrorWait = 30 * time.Second
	lateWait      = time.Second
	acceptPause   = 10 * time.Millisecond
)

// heapBallast, bytes, is never touched, so that it takes no memory, but the collector counts it as in use: a small program's
// garbage is collected each 16 MiB, not each 4. Unlike another GOGC it changes little for programs that hold much.
const heapBallast = 16 << 20

// server is the one of this process.
type server struct {
	program     *Program
	handler     handlerFunc
	usesContext bool
	events      *event.Factory
	output      *output.Output
	limit       int
	greeting    []byte
	loadError   error

	lock        sync.Mutex
	connections []*connection
	active      int
	draining    bool
	told        chan struct{}
}

// Run serves a program until the process is told to end, and gives the exit code.
func Run(program *Program) int {
	ballast := make([]byte, heapBallast)
	defer runtime.KeepAlive(ballast)
	since := time.Now()
	spec, err := readSpec()
	if err != nil {
		fmt.Fprintln(os.Stderr, "This is the worker of a FastFN function. It is started by its daemon, not by hand.")
		return 2
	}
	for fd := ListenerFD; fd <= StderrFD; fd++ {
		syscall.CloseOnExec(fd)
	}
	parentdeath.Watch(DeathFD)
	listener, err := listenOn(ListenerFD)
	if err != nil {
		fmt.Fprintln(os.Stderr, "The socket cannot be used:", err)
		return 1
	}
	s := &server{program: program, limit: spec.MaxFrame, told: make(chan struct{}, 1)}
	if s.limit <= 0 {
		s.limit = wire.DefaultMaxFrame
	}
	s.output = output.Install([2]int{StdoutFD, StderrFD}, s.sendBackground)
	s.events = event.NewFactory(spec.Env, spec.Secrets, spec.Context)
	s.handler, s.usesContext, s.loadError = program.bind()
	s.greeting = s.readyFrame(spec, time.Since(since))
	go s.accept(listener)
	if s.loadError != nil {
		return s.tellAndEnd()
	}
	return s.waitForEnd()
}

// readyFrame is READY, or LOAD_ERROR.
func (s *server) readyFrame(spec *Spec, took time.Duration) []byte {
	files := []any{}
	var paths []string
	for path := range s.program.Sources {
		paths = append(paths, path)
	}
	paths = append(paths, s.program.Files...)
	sort.Strings(paths)
	for _, path := range paths {
		if strings.HasPrefix(path, spec.Root+string(os.PathSeparator)) {
			files = append(files, path)
		}
	}
	if s.loadError != nil {
		return wire.Frame(wire.LoadError, map[string]any{
			"code": "handler_error", "message": s.loadError.Error(), "files": files,
			"debug": map[string]any{"type": "SignatureError", "message": s.loadError.Error(), "file": s.program.Entry},
		})
	}
	ready := map[string]any{
		"pid": int64(os.Getpid()), "concurrency": int64(0), "files": files,
		"load_ms": float64(took.Microseconds()) / 1000,
	}
	if spec.Sandbox != nil {
		ready["sandbox"] = spec.Sandbox.complete()
	}
	return wire.Frame(wire.Ready, ready)
}

func (s *server) accept(from *listener) {
	for {
		accepted, err := from.accept()
		if err != nil {
			// Out of file descriptors, say: it passes.
			time.Sleep(acceptPause)
			continue
		}
		go newConnection(s, accepted).serve()
	}
}

func (s *server) greeted(c *connection) {
	c.out.send(s.greeting)
	s.lock.Lock()
	s.connections = append(s.connections, c)
	s.lock.Unlock()
	s.output.Flush()
	if s.loadError != nil {
		select {
		case s.told <- struct{}{}:
		default:
		}
		c.closeGently()
	}
}

func (s *server) gone(c *connection) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for i, one := range s.connections {
		if one == c {
			s.connections = append(s.connections[:i:i], s.connections[i+1:]...)
			return
		}
	}
}

func (s *server) sendBackground(frames []byte) bool {
	s.lock.Lock()
	var first *connection
	if len(s.connections) > 0 {
		first = s.connections[0]
	}
	s.lock.Unlock()
	return first != nil && first.out.sendNow(frames)
}

// callBegan reports false when no more calls are taken.
func (s *server) callBegan() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.draining {
		return false
	}
	s.active++
	return true
}

func (s *server) callEnded() {
	s.lock.Lock()
	s.active--
	over := s.draining && s.active == 0
	s.lock.Unlock()
	if over {
		select {
		case s.told <- struct{}{}:
		default:
		}
	}
}

// waitForEnd returns when SIGTERM came and the calls that run have ended.
func (s *server) waitForEnd() int {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	s.lock.Lock()
	s.draining = true
	active := s.active
	s.lock.Unlock()
	if active > 0 {
		<-s.told
	}
	s.output.Drain()
	s.output.Flush()
	s.lock.Lock()
	connections := s.connections
	s.lock.Unlock()
	for _, c := range connections {
		c.out.flushed()
	}
	return 0
}

// tellAndEnd gives LOAD_ERROR to whoever comes, and a moment to those that come late.
func (s *server) tellAndEnd() int {
	select {
	case <-s.told:
		time.Sleep(lateWait)
	case <-time.After(loadErrorWait):
	}
	return 1
}
