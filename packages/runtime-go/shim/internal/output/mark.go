package output

import (
	"sync"
	"unsafe"
)

// A mark hangs on a goroutine and on those that it starts, where the profiler keeps its labels: Go has no other storage
// that goroutines inherit. Its first words are zero, so that the profiler reads it as "no labels".
type mark struct {
	_    [4]uintptr
	sink *Sink
}

//go:linkname setProfLabel runtime/pprof.runtime_setProfLabel
func setProfLabel(unsafe.Pointer)

//go:linkname getProfLabel runtime/pprof.runtime_getProfLabel
func getProfLabel() unsafe.Pointer

// marks are those of the calls that run. A label that is none of them is the handler's own, or of a call that has ended.
type marks struct {
	lock sync.RWMutex
	set  map[unsafe.Pointer]*mark
}

func (m *marks) hang(sink *Sink) *mark {
	hung := &mark{sink: sink}
	m.lock.Lock()
	m.set[unsafe.Pointer(hung)] = hung
	m.lock.Unlock()
	setProfLabel(unsafe.Pointer(hung))
	return hung
}

func (m *marks) take(hung *mark) {
	m.lock.Lock()
	delete(m.set, unsafe.Pointer(hung))
	m.lock.Unlock()
	setProfLabel(nil)
}

// current is the sink of the call that this goroutine works for; nil when that is not known.
func (m *marks) current() *Sink {
	label := getProfLabel()
	if label == nil {
		return nil
	}
	m.lock.RLock()
	defer m.lock.RUnlock()
	if hung := m.set[label]; hung != nil {
		return hung.sink
	}
	return nil
}
