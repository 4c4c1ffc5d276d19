// Package parentdeath ends a worker with its daemon, even when its handler is in an endless loop (PROTOCOL.md §4).
package parentdeath

import (
	"os"
	"syscall"
)

// Watch ends the process group when fd, a pipe whose other end the daemon alone holds, reaches its end.
func Watch(fd int) {
	go func() {
		var nothing [1]byte
		for {
			n, err := syscall.Read(fd, nothing[:])
			if err == syscall.EINTR || n > 0 {
				continue
			}
			syscall.Kill(-os.Getpid(), syscall.SIGKILL)
			os.Exit(1)
		}
	}()
}
