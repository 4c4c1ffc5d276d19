package worker

import (
	"runtime"
	"sync"
)

// maxIdleBuffer is kept for the next frames; a larger one is given back.
const maxIdleBuffer = 256 << 10

// maxHeld is written even when more is about to come.
const maxHeld = 64 << 10

// writer gathers frames of many goroutines into few writes: whoever comes first writes for all that come meanwhile.
type writer struct {
	socket  *socket
	lock    sync.Mutex
	idle    *sync.Cond
	waiting []byte
	spare   []byte
	writing bool
	failed  bool
	// holds are the bursts under way: their frames wait for each other.
	holds int
}

func newWriter(to *socket) *writer {
	w := &writer{socket: to}
	w.idle = sync.NewCond(&w.lock)
	return w
}

// send takes whole frames; what it was given may be used again when it returns. It reports false when the connection is gone.
func (w *writer) send(frames []byte) bool {
	w.lock.Lock()
	if w.failed {
		w.lock.Unlock()
		return false
	}
	w.waiting = append(w.waiting, frames...)
	if w.writing {
		// More than this is not held in memory: wait for the kernel to take it.
		for w.writing && len(w.waiting) > maxIdleBuffer && !w.failed {
			w.idle.Wait()
		}
		w.lock.Unlock()
		return true
	}
	if w.holds > 0 && len(w.waiting) < maxHeld {
		w.lock.Unlock()
		return true
	}
	w.writing = true
	w.lock.Unlock()
	// Others that are about to answer get their frames into the same write.
	runtime.Gosched()
	w.lock.Lock()
	w.write()
	w.lock.Unlock()
	return true
}

// sendNow is send that no hold delays: when it returns, the kernel has what was sent.
func (w *writer) sendNow(frames []byte) bool {
	sent := w.send(frames)
	w.flushed()
	return sent
}

// write gives to the kernel what waits, and what comes meanwhile. The caller holds lock, and has set writing.
func (w *writer) write() {
	for len(w.waiting) > 0 && !w.failed {
		batch := w.waiting
		w.waiting = w.spare[:0]
		w.spare = nil
		w.lock.Unlock()
		_, err := w.socket.Write(batch)
		w.lock.Lock()
		w.failed = w.failed || err != nil
		if cap(batch) <= maxIdleBuffer {
			w.spare = batch
		}
		w.idle.Broadcast()
	}
	w.writing = false
	w.idle.Broadcast()
}

// hold lets frames wait for flush, release or the size of maxHeld.
func (w *writer) hold() {
	w.lock.Lock()
	w.holds++
	w.lock.Unlock()
}

// release takes a hold back; the last one writes.
func (w *writer) release() {
	w.lock.Lock()
	w.holds--
	last := w.holds == 0
	w.lock.Unlock()
	if last {
		w.flush()
	}
}

// flush writes what is held.
func (w *writer) flush() {
	w.lock.Lock()
	if len(w.waiting) > 0 && !w.writing {
		w.writing = true
		w.write()
	}
	w.lock.Unlock()
}

// flushed waits until all that was sent is with the kernel.
func (w *writer) flushed() {
	w.flush()
	w.lock.Lock()
	for w.writing {
		w.idle.Wait()
	}
	w.lock.Unlock()
}

// close ends the connection: what is still sent goes nowhere.
func (w *writer) close() {
	w.lock.Lock()
	w.failed = true
	w.socket.shutdown()
	for w.writing {
		w.idle.Wait()
	}
	w.lock.Unlock()
	w.socket.close()
}
