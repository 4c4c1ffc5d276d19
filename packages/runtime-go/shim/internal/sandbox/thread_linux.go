package sandbox

import (
	"debug/elf"
	"errors"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

const (
	setNoNewPrivs = 38
	getSeccomp    = 21

	// The same on every architecture.
	createRuleset = 444
	addRule       = 445
	restrictSelf  = 446
	askVersion    = 1
	pathBeneath   = 1

	openPath = 0x200000

	// daemonsOwn would be that of the daemon here, and that of the worker is not there yet.
	daemonsOwn = "/proc/self"

	// keptCapabilities: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, NET_BIND_SERVICE.
	keptCapabilities  = 0x41b
	capabilityVersion = 0x20080522
)

// Rights of Landlock.
const (
	execute     uint64 = 1 << 0
	writeFile   uint64 = 1 << 1
	readFile    uint64 = 1 << 2
	readDir     uint64 = 1 << 3
	makeChar    uint64 = 1 << 6
	makeBlock   uint64 = 1 << 11
	refer       uint64 = 1 << 13
	truncate    uint64 = 1 << 14
	ioctlDevice uint64 = 1 << 15
	firstRights uint64 = 0x1fff
	// scopes: abstract Unix sockets, signals.
	scopes uint64 = 3
)

type rulesetAttributes struct{ files, net, scoped uint64 }

type capabilities struct{ effective, permitted, inheritable uint32 }

// RestrictThread restricts the calling thread, which must be locked, and the processes that it makes from now on. The one
// program that these may run is the given one, and what loads it.
//
// The report says nothing of system calls yet: only the process itself can filter them.
func RestrictThread(spec *Spec, program string) *Report {
	r := &Report{Level: Off, ABI: landlockABI(), Missing: []string{}}
	r.Hides = len(spec.Hide) == 0 || r.note("Files cannot be hidden", hideAll(spec.Hide, spec.Empty))
	paths := &spec.Paths
	if !r.Hides && spec.Unhidden != nil {
		paths = spec.Unhidden
	}
	r.note("Capabilities cannot be dropped", dropCapabilities())
	noMore := r.note("Privileges cannot be given up", prctl(setNoNewPrivs, 1))
	if r.note("Files are not protected (Landlock)", restrictFiles(paths, programs(program), r.ABI)) && noMore {
		r.Level = Kernel
	}
	return r
}

// Expected is what RestrictThread will report, tried on the calling thread, which is of no use afterwards.
func Expected() *Report {
	r := &Report{Level: Kernel, ABI: landlockABI(), Missing: []string{}}
	if r.ABI == 0 {
		r.Level = Off
		r.Missing = append(r.Missing, "This kernel has no Landlock (Linux 5.13 and newer have it, unless it is switched off).")
	}
	if prctl(getSeccomp, 0) != nil {
		r.Level = Off
		r.Missing = append(r.Missing, "This kernel has no seccomp.")
	}
	if r.Hides = ownMounts() == nil; !r.Hides {
		r.Missing = append(r.Missing,
			"fn.config.json and fn.env.json of a function stay readable for it: Go's daemon may not make mounts here.")
	}
	return r
}

func prctl(option, value uintptr) error {
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, option, value, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func landlockABI() int {
	abi, _, errno := syscall.RawSyscall(createRuleset, 0, 0, askVersion)
	if errno != 0 {
		return 0
	}
	return int(abi)
}

// ownMounts makes mounts this thread's own business. A daemon has several threads, so there is no way through a user
// namespace.
func ownMounts() error {
	if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
		return err
	}
	return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SLAVE, "")
}

// hideAll lays an empty folder over folders, and what cannot be opened over files.
func hideAll(hide []string, empty string) error {
	if err := ownMounts(); err != nil {
		return err
	}
	for _, path := range hide {
		over := os.DevNull
		switch info, err := os.Stat(path); {
		case err != nil:
			continue
		case info.IsDir():
			over = empty
		}
		if err := syscall.Mount(over, path, "", syscall.MS_BIND, ""); err != nil {
			return err
		}
		const closed = syscall.MS_RDONLY | syscall.MS_NODEV | syscall.MS_NOSUID | syscall.MS_NOEXEC
		if err := syscall.Mount("", path, "", syscall.MS_BIND|syscall.MS_REMOUNT|closed, ""); err != nil {
			return err
		}
	}
	return nil
}

func dropCapabilities() error {
	header := struct{ version, pid uint32 }{capabilityVersion, 0}
	var sets [2]capabilities
	call := func(number uintptr) error {
		at := uintptr(unsafe.Pointer(&sets[0]))
		if _, _, errno := syscall.RawSyscall(number, uintptr(unsafe.Pointer(&header)), at, 0); errno != 0 {
			return errno
		}
		return nil
	}
	if err := call(syscall.SYS_CAPGET); err != nil {
		return err
	}
	kept := sets[0].permitted & keptCapabilities
	sets = [2]capabilities{{sets[0].effective & kept, kept, 0}, {}}
	return call(syscall.SYS_CAPSET)
}

// programs are the files that are executed when a program is: itself, and the loader that it names.
func programs(program string) []string {
	result := []string{program}
	file, err := elf.Open(program)
	if err != nil {
		return result
	}
	defer file.Close()
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			name := make([]byte, part.Filesz)
			if _, err := part.ReadAt(name, 0); err == nil {
				result = append(result, strings.TrimRight(string(name), "\x00"))
			}
		}
	}
	return result
}

func restrictFiles(paths *Paths, programs []string, abi int) error {
	if abi == 0 {
		return errors.New("this kernel has none")
	}
	attributes := rulesetAttributes{files: firstRights}
	size := uintptr(8)
	for _, later := range []struct {
		since int
		right uint64
	}{{2, refer}, {3, truncate}, {5, ioctlDevice}} {
		if abi >= later.since {
			attributes.files |= later.right
		}
	}
	if abi >= 4 {
		size = 16
	}
	if abi >= 6 {
		attributes.scoped, size = scopes, 24
	}
	ruleset, _, errno := syscall.RawSyscall(createRuleset, uintptr(unsafe.Pointer(&attributes)), size, 0)
	if errno != 0 {
		return errno
	}
	defer syscall.Close(int(ruleset))
	for _, list := range []struct {
		paths            []string
		ofFolder, ofFile uint64
	}{
		{paths.Read, readFile | readDir, readFile},
		{paths.List, readDir, 0},
		{paths.Write, ^(execute | makeChar | makeBlock), readFile | writeFile | truncate | ioctlDevice},
		{programs, 0, execute},
	} {
		for _, path := range list.paths {
			if path == daemonsOwn {
				continue
			}
			if err := allow(ruleset, path, attributes.files&list.ofFolder, attributes.files&list.ofFile); err != nil {
				return err
			}
		}
	}
	if _, _, errno := syscall.RawSyscall(restrictSelf, ruleset, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// allow adds a rule; a path that cannot be opened needs none.
func allow(ruleset uintptr, path string, ofFolder, ofFile uint64) error {
	fd, err := syscall.Open(path, openPath|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	var stat syscall.Stat_t
	if err := syscall.Fstat(fd, &stat); err != nil {
		return nil
	}
	allowed := ofFile
	if stat.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		allowed = ofFolder
	}
	if allowed == 0 {
		return nil
	}
	// struct landlock_path_beneath_attr is packed: 12 bytes.
	rule := [3]uint32{uint32(allowed), uint32(allowed >> 32), uint32(fd)}
	_, _, errno := syscall.RawSyscall6(addRule, ruleset, pathBeneath, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
