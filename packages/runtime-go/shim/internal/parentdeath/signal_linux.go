package parentdeath

import "syscall"

// Attributes of a worker process: leader of its own group, and ended by the kernel with its daemon.
func Attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
