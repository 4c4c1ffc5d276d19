package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fastfn/fastfn/go/internal/sandbox"
	"github.com/fastfn/fastfn/go/internal/wire"
)

const stopGrace = time.Second

// daemon starts, stops and reaps workers. It loads no user code and never waits for a worker.
type daemon struct {
	listener net.Listener
	limit    int
	spawner  *spawner
	// sandbox is what workers can have, for HELLO.
	sandbox map[string]any

	lock     sync.Mutex
	workers  map[string]*worker
	pids     map[int]*worker
	stopping bool
	// empty is closed when the daemon is stopping and no worker is left.
	empty chan struct{}
}

// runDaemon serves until told to end.
func runDaemon(socket string, lifeline bool) error {
	raiseFileLimit()
	listener, err := listen(socket)
	if err != nil {
		return err
	}
	defer listener.Close()
	spawner, err := newSpawner()
	if err != nil {
		return err
	}
	d := &daemon{
		listener: listener,
		limit:    wire.FrameLimit(),
		spawner:  spawner,
		sandbox:  expectedSandbox(),
		workers:  map[string]*worker{},
		pids:     map[int]*worker{},
		empty:    make(chan struct{}),
	}
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	go func() {
		for range children {
			d.reap()
		}
	}()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	orphaned := make(chan struct{})
	if lifeline {
		go func() {
			io.Copy(io.Discard, os.Stdin)
			close(orphaned)
		}()
	}
	go d.accept()
	fmt.Println("ready")
	select {
	case <-stop:
		d.stopAll(stopGrace)
	case <-orphaned:
		d.stopAll(0)
	}
	<-d.empty
	return nil
}

func (d *daemon) accept() {
	for {
		conn, err := d.listener.Accept()
		if err != nil {
			if d.isStopping() {
				return
			}
			time.Sleep(10 * time.Millisecond)
			continue
		}
		go newControl(d, conn).serve()
	}
}

func (d *daemon) isStopping() bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.stopping
}

// start makes a worker for a control connection and tells it how that went.
func (d *daemon) start(c *control, name string, spec map[string]any) {
	refuse := func(code, message string) { c.send(wire.Frame(wire.StartFailed, name, code, message)) }
	parsed, err := parseSpec(spec)
	if err != nil {
		refuse("invalid_spec", err.Error())
		return
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	switch {
	case d.stopping:
		refuse("shutting_down", "The daemon is stopping.")
		return
	case d.workers[name] != nil:
		refuse("duplicate_worker", "A worker called "+name+" runs already.")
		return
	case c.isGone():
		return
	}
	socket, err := listen(parsed.socket)
	if err != nil {
		refuse("socket_failed", fmt.Sprintf("The worker's socket %s cannot be made: %v.", parsed.socket, err))
		return
	}
	w := &worker{name: name, socket: parsed.socket, control: c}
	// The lock is held: the process cannot be reaped before it is known.
	if err := d.spawner.spawn(w, parsed, socket); err != nil {
		socket.Close()
		os.Remove(parsed.socket)
		refuse("fork_failed", fmt.Sprintf("The process cannot be made: %v.", err))
		return
	}
	d.workers[name] = w
	d.pids[w.pid] = w
	c.send(wire.Frame(wire.Started, name, int64(w.pid)))
}

func (d *daemon) stop(c *control, name string, grace time.Duration) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if w := d.workers[name]; w != nil && w.control == c {
		w.stop(grace)
	}
}

// orphan stops the workers of a control connection that is gone.
func (d *daemon) orphan(c *control) {
	d.lock.Lock()
	defer d.lock.Unlock()
	for _, w := range d.workers {
		if w.control == c {
			w.control = nil
			w.stop(stopGrace)
		}
	}
}

func (d *daemon) stopAll(grace time.Duration) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.stopping = true
	for _, w := range d.workers {
		w.stop(grace)
	}
	d.checkEmpty()
}

func (d *daemon) checkEmpty() {
	if d.stopping && len(d.workers) == 0 {
		select {
		case <-d.empty:
		default:
			close(d.empty)
		}
	}
}

func (d *daemon) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if pid <= 0 || err != nil {
			return
		}
		d.lock.Lock()
		if w := d.pids[pid]; w != nil {
			delete(d.pids, pid)
			d.ended(w, status)
		}
		d.lock.Unlock()
	}
}

// ended sees a worker off. The caller holds the lock.
func (d *daemon) ended(w *worker, status syscall.WaitStatus) {
	gone := func() {
		delete(d.workers, w.name)
		d.checkEmpty()
	}
	failure := w.loadFailure(status)
	if failure == nil {
		w.listener.Close()
		w.tellExit(status)
		gone()
		return
	}
	w.refusal = newRefusal(w.listener, w.pid, d.limit, failure)
	w.pid = 0
	go func() {
		w.refusal.tell()
		d.lock.Lock()
		defer d.lock.Unlock()
		w.tellExit(status)
		gone()
	}()
}

// listen makes a Unix socket with mode 0600.
func listen(path string) (*net.UnixListener, error) {
	// The folder is the gateway's own: nobody can come between binding and this.
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		listener.Close()
		return nil, err
	}
	return listener, nil
}

// raiseFileLimit: a worker costs a few file descriptors; the usual soft limit of 1024 is soon reached.
func raiseFileLimit() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil && limit.Cur < limit.Max {
		limit.Cur = limit.Max
		syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
}

// expectedSandbox tries it on a thread that ends with that.
func expectedSandbox() map[string]any {
	found := make(chan map[string]any)
	go func() {
		runtime.LockOSThread()
		found <- sandbox.Expected().Map()
	}()
	return <-found
}

func toolName() string {
	return "Go " + strings.TrimPrefix(runtime.Version(), "go")
}
