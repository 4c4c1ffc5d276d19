package worker

import (
	"os"
	"syscall"
	"unsafe"
)

const (
	monotonic = 1
)

// alarm is the interval and the first time of a timer, as the kernel takes them.
type alarm struct{ interval, first syscall.Timespec }

var (
	patience = alarm{first: syscall.NsecToTimespec(int64(burstPatience))}
	never    = alarm{}
)

// kernelWatch is a timer of the kernel. To arm one of Go's wakes a thread that waits for it; this one wakes a thread only
// when its time has come.
type kernelWatch struct {
	fd   uintptr
	file *os.File
}

func newWatch(look func()) watch {
	fd, _, errno := syscall.RawSyscall(syscall.SYS_TIMERFD_CREATE, monotonic, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if errno != 0 {
		return newTimerWatch(look)
	}
	w := &kernelWatch{fd, os.NewFile(fd, "watch")}
	go w.wait(look)
	return w
}

// wait ends when the file is closed.
func (w *kernelWatch) wait(look func()) {
	var count [8]byte
	for {
		if _, err := w.file.Read(count[:]); err != nil {
			return
		}
		look()
	}
}

func (w *kernelWatch) arm()    { w.set(&patience) }
func (w *kernelWatch) disarm() { w.set(&never) }
func (w *kernelWatch) close()  { w.file.Close() }

func (w *kernelWatch) set(to *alarm) {
	syscall.RawSyscall6(syscall.SYS_TIMERFD_SETTIME, w.fd, 0, uintptr(unsafe.Pointer(to)), 0, 0, 0)
}
