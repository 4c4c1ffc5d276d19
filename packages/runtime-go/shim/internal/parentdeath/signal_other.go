//go:build !linux

package parentdeath

import "syscall"

// Attributes of a worker process: leader of its own group. Here the pipe alone tells it of its daemon's end.
func Attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
