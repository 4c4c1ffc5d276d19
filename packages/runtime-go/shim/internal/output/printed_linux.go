package output

import (
	"syscall"
	"unsafe"
)

// printed tells whether something lies in the pipes: one system call in place of a read of each.
type printed struct {
	poll int
	// ready is where the kernel writes to; nobody reads it.
	ready [1]syscall.EpollEvent
}

// newPrinted watches pipes; when that fails, something may always be there.
func newPrinted(pipes [2]int) *printed {
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return &printed{poll: -1}
	}
	for _, fd := range pipes {
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
		if err := syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
			syscall.Close(poll)
			return &printed{poll: -1}
		}
	}
	return &printed{poll: poll}
}

// any is called by one goroutine at a time.
func (p *printed) any() bool {
	if p.poll < 0 {
		return true
	}
	// Raw: it never waits.
	n, _, errno := syscall.RawSyscall6(
		syscall.SYS_EPOLL_PWAIT, uintptr(p.poll), uintptr(unsafe.Pointer(&p.ready[0])), 1, 0, 0, 0,
	)
	return errno != 0 || n != 0
}
