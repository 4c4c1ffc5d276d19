package worker

import (
	"os"
	"syscall"
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

func (l *listener) accept() (*os.File, error) {
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
	syscall.SetNonblock(accepted, true)
	return os.NewFile(uintptr(accepted), "gateway"), nil
}

func shutdownWrite(file *os.File) {
	if conn, err := file.SyscallConn(); err == nil {
		conn.Control(func(fd uintptr) { syscall.Shutdown(int(fd), syscall.SHUT_WR) })
	}
}
