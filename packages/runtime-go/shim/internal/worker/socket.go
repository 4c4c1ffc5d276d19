package worker

import (
	"io"
	"os"
	"syscall"
	"time"
)

// The listening socket comes from the daemon as a file descriptor. Without package net, which would double the size of
// every binary and the time to link it.

type listener struct{ conn syscall.RawConn }

func listenOn(fd int) (*listener, error) {
	syscall.SetNonblock(fd, true)
	syscall.CloseOnExec(fd)
	conn, err := os.NewFile(uintptr(fd), "listener").SyscallConn()
	if err != nil {
		return nil, err
	}
	return &listener{conn}, nil
}

func (l *listener) accept() (*socket, error) {
	var accepted int
	var failure error
	err := l.conn.Read(func(fd uintptr) bool {
		for {
			accepted, _, failure = syscall.Accept(int(fd))
			if failure != syscall.EINTR && failure != syscall.ECONNABORTED {
				return failure != syscall.EAGAIN
			}
		}
	})
	if err != nil {
		return nil, err
	}
	if failure != nil {
		return nil, failure
	}
	syscall.CloseOnExec(accepted)
	syscall.SetNonblock(accepted, false)
	return &socket{fd: accepted}, nil
}

// socket is the connection of a gateway. Reading and writing block the thread: to wait for a socket in Go's poller takes
// three system calls and, mostly, another thread that wakes this one. Decision 019.
type socket struct {
	fd int
	// until is when reading gives up; zero: never.
	until time.Time
}

// Read fails with os.ErrDeadlineExceeded when nothing came in time. One goroutine at a time.
func (s *socket) Read(to []byte) (int, error) {
	for {
		if !s.until.IsZero() {
			left := time.Until(s.until)
			if left <= 0 {
				return 0, os.ErrDeadlineExceeded
			}
			s.setReadTimeout(left)
		}
		n, err := syscall.Read(s.fd, to)
		switch {
		case n > 0:
			return n, nil
		case n == 0 && err == nil:
			return 0, io.EOF
		}
		if err != syscall.EINTR && err != syscall.EAGAIN {
			return 0, err
		}
	}
}

// setDeadline says when reading gives up; the zero time: never.
func (s *socket) setDeadline(at time.Time) {
	s.until = at
	if at.IsZero() {
		s.setReadTimeout(0)
	}
}

func (s *socket) setReadTimeout(wait time.Duration) {
	// Rounded up: 0 would mean for ever.
	timeout := syscall.NsecToTimeval(int64((wait + time.Microsecond - 1) / time.Microsecond * time.Microsecond))
	syscall.SetsockoptTimeval(s.fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &timeout)
}

// Write gives all of data to the kernel. One goroutine at a time.
func (s *socket) Write(data []byte) (int, error) {
	written := 0
	for written < len(data) {
		n, err := syscall.Write(s.fd, data[written:])
		if n > 0 {
			written += n
		}
		if err != nil && err != syscall.EINTR {
			return written, err
		}
	}
	return written, nil
}

// shutdownWrite ends our half; shutdown both, which also wakes whoever reads or writes.
func (s *socket) shutdownWrite() { syscall.Shutdown(s.fd, syscall.SHUT_WR) }
func (s *socket) shutdown()      { syscall.Shutdown(s.fd, syscall.SHUT_RDWR) }

// close may be called when nobody reads or writes any more, once.
func (s *socket) close() { syscall.Close(s.fd) }
