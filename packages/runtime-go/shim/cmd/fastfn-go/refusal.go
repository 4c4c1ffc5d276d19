package main

import (
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/fastfn/fastfn/go/internal/wire"
)

const (
	// refusalWait is how long the first gateway may take to come, and lateWait a further one.
	refusalWait = 30 * time.Second
	lateWait    = time.Second
)

// refusal answers at the socket of a worker that ended before it could answer for itself: LOAD_ERROR for whoever comes.
type refusal struct {
	listener *net.UnixListener
	greeting []byte
	limit    int
	serving  sync.WaitGroup
}

func newRefusal(listener *net.UnixListener, pid, limit int, failure *loadFailure) *refusal {
	// The copy that the worker was given made it a blocking one.
	if conn, err := listener.SyscallConn(); err == nil {
		conn.Control(func(fd uintptr) { syscall.SetNonblock(int(fd), true) })
	}
	hello := wire.Frame(wire.Hello, int64(wire.Version), map[string]any{
		"role": "worker", "runtime": "go", "pid": int64(pid),
	})
	return &refusal{listener: listener, greeting: append(hello, wire.Frame(wire.LoadError, failure.loadError())...), limit: limit}
}

// tell returns when a gateway was told, and a moment has passed for others; or when close was called.
func (r *refusal) tell() {
	r.listener.SetDeadline(time.Now().Add(refusalWait))
	for {
		conn, err := r.listener.AcceptUnix()
		if err != nil {
			break
		}
		r.serving.Add(1)
		go func() {
			defer r.serving.Done()
			if r.serve(conn) {
				r.listener.SetDeadline(time.Now().Add(lateWait))
			}
		}()
	}
	r.close()
	r.serving.Wait()
}

// close has tell return soon.
func (r *refusal) close() { r.listener.Close() }

// serve reports whether the gateway was told.
func (r *refusal) serve(conn *net.UnixConn) bool {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(wire.HandshakeWait))
	payload, err := wire.NewFrameReader(conn, r.limit).Next()
	if err != nil {
		return false
	}
	message, err := wire.ReadMessage(payload, wire.ToWorker)
	if err != nil || wire.CheckGreeting(message) != nil {
		return false
	}
	if _, err := conn.Write(r.greeting); err != nil {
		return false
	}
	conn.CloseWrite()
	conn.SetReadDeadline(time.Now().Add(wire.CloseWait))
	io.Copy(io.Discard, conn)
	return true
}
