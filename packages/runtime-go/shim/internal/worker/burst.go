package worker

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// burstPatience is how long a handler may hold up those behind it in its burst, their answers, and what comes next on the
// connection; a little more than twice that at most.
const burstPatience = 100 * time.Microsecond

// After a burst that was held up, the calls of some bursts each get a goroutine at once: of few when that is rare (a busy
// machine may have given others the processor), of twice as many as last time when it goes on.
const (
	fewApart  = 8
	mostApart = 512
)

// maxBurst is the most calls in one.
const maxBurst = 64

// burst are calls that came together. The goroutine that read them runs them one after the other and their answers leave
// together, which saves each call a goroutine, a wake-up and a write. Where one of them takes long, each of the others gets a
// goroutine of its own, and another one reads on. Decision 019.
type burst struct {
	conn  *connection
	calls []*call
	// next is the index of the first call that has not begun.
	next atomic.Int32

	lock sync.Mutex
	// seen is what next was when the watch looked last.
	seen int32
	// over: each of the calls has begun, and the answers wait no more.
	over bool
}

// runBurst runs calls, and reports whether the goroutine is still the one that reads.
func (c *connection) runBurst(calls []*call) bool {
	if c.apart.Load() > 0 {
		c.apart.Add(-1)
		startApart(calls)
		// To block the thread now would let them wait until Go's monitor sees it.
		runtime.Gosched()
		return true
	}
	b := &burst{conn: c, calls: calls}
	c.out.hold()
	c.running.Store(b)
	c.watch.arm()
	return b.run()
}

func startApart(calls []*call) {
	for _, one := range calls {
		go one.run()
	}
}

// take is the next call that has not begun; nil when all have.
func (b *burst) take() *call {
	if i := int(b.next.Add(1)) - 1; i < len(b.calls) {
		return b.calls[i]
	}
	return nil
}

func (b *burst) run() (stillReads bool) {
	returned := false
	// Deferred: a handler may end its goroutine (runtime.Goexit).
	defer func() {
		if stillReads = b.end(!returned); stillReads {
			b.conn.lastApart.Store(b.conn.lastApart.Load() / 2)
		}
	}()
	for one := b.take(); one != nil; one = b.take() {
		one.run()
	}
	returned = true
	return
}

// look is called when a burst has run for a while: it sends the answers that there are, and ends the burst when no further
// call has begun since it looked last.
func (c *connection) look() {
	b := c.running.Load()
	if b == nil {
		return
	}
	b.lock.Lock()
	over := b.over
	begun := b.next.Load()
	moves := begun != b.seen
	b.seen = begun
	if moves && !over {
		c.watch.arm()
	}
	b.lock.Unlock()
	switch {
	case over:
	case moves:
		c.out.flush()
	default:
		c.keepApart()
		b.end(true)
	}
}

// keepApart lets the next bursts not share a goroutine.
func (c *connection) keepApart() {
	bursts := c.lastApart.Load() * 2
	if bursts < fewApart {
		bursts = fewApart
	}
	if bursts > mostApart {
		bursts = mostApart
	}
	c.lastApart.Store(bursts)
	c.apart.Store(bursts)
}

// end begins what has not begun, each on a goroutine of its own, and reads on with another when it is told to. Only the first
// time does anything; it reports whether this was it.
func (b *burst) end(readOn bool) bool {
	b.lock.Lock()
	over := b.over
	b.over = true
	b.lock.Unlock()
	if over {
		return false
	}
	for one := b.take(); one != nil; one = b.take() {
		go one.run()
	}
	b.conn.watch.disarm()
	if readOn {
		go b.conn.read()
	}
	b.conn.out.release()
	return true
}
