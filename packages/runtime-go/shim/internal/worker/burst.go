package worker

import (
	"sync"
	"sync/atomic"
	"time"
)

// burstPatience is how long a handler may hold up those behind it in its burst, and their answers; a little more than twice
// that at most.
const burstPatience = 100 * time.Microsecond

// burstsApart are the next bursts whose calls each get a goroutine at once, after one that a slow handler held up.
const burstsApart = 500

// maxBurst is the most calls in one.
const maxBurst = 64

// burst are calls that came together. One goroutine runs them one after the other and their answers leave together, which
// saves each call a goroutine, a wake-up and a write. Where one of them takes long, each of the others gets a goroutine of its
// own. Decision 019.
type burst struct {
	conn  *connection
	calls []*call
	// next is the index of the first call that has not begun.
	next atomic.Int32

	lock  sync.Mutex
	watch *time.Timer
	// seen is what next was when the watch looked last.
	seen int32
	// over: each of the calls has begun, and the answers wait no more.
	over bool
}

// startBurst runs calls, the handlers not on this goroutine.
func startBurst(conn *connection, calls []*call) {
	alone := len(calls) == 1
	if alone || conn.apart.Load() > 0 {
		if !alone {
			conn.apart.Add(-1)
		}
		for _, one := range calls {
			go one.run()
		}
		return
	}
	b := &burst{conn: conn, calls: calls}
	conn.out.hold()
	b.lock.Lock()
	b.watch = time.AfterFunc(burstPatience, b.look)
	b.lock.Unlock()
	go b.run()
}

// take is the next call that has not begun; nil when all have.
func (b *burst) take() *call {
	if i := int(b.next.Add(1)) - 1; i < len(b.calls) {
		return b.calls[i]
	}
	return nil
}

func (b *burst) run() {
	// Deferred: a handler may end its goroutine (runtime.Goexit).
	defer b.end()
	for one := b.take(); one != nil; one = b.take() {
		one.run()
	}
}

// look sends the answers that there are; it ends the burst when no further call has begun since it looked last.
func (b *burst) look() {
	b.lock.Lock()
	begun := b.next.Load()
	moves := begun != b.seen
	b.seen = begun
	if moves && !b.over {
		b.watch.Reset(burstPatience)
	}
	b.lock.Unlock()
	if moves {
		b.conn.out.flush()
	} else {
		b.conn.apart.Store(burstsApart)
		b.end()
	}
}

// end begins what has not begun, each on a goroutine of its own. Only the first time does anything.
func (b *burst) end() {
	b.lock.Lock()
	over := b.over
	b.over = true
	b.watch.Stop()
	b.lock.Unlock()
	if over {
		return
	}
	for one := b.take(); one != nil; one = b.take() {
		go one.run()
	}
	b.conn.out.release()
}
