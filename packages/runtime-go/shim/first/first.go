// Package first puts a worker's system calls behind the filter of its sandbox (PROTOCOL.md §6) before other code of the
// program runs.
//
// Go initialises, of all packages that can be, the one whose path comes first: hence the name of this module, and hence it
// imports nothing but syscall. Go before 1.21 goes by the order of imports.
package first

import "syscall"

// FilterVariable names the file descriptor from which a worker reads its filter.
const FilterVariable = "FASTFN_FILTER_FD"

// Filtered: a filter was given, and holds for all threads.
var Filtered bool

// Failure is why a filter that was given does not hold.
var Failure string

func init() {
	number, given := syscall.Getenv(FilterVariable)
	if !given {
		return
	}
	syscall.Unsetenv(FilterVariable)
	fd := 0
	for _, digit := range number {
		fd = fd*10 + int(digit-'0')
	}
	text := readAll(fd)
	syscall.Close(fd)
	if err := filterCalls(text); err != nil {
		Failure = err.Error()
		return
	}
	Filtered = true
}

func readAll(fd int) []byte {
	var all []byte
	var buffer [4096]byte
	for {
		n, err := syscall.Read(fd, buffer[:])
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 {
			return all
		}
		all = append(all, buffer[:n]...)
	}
}
