package worker

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fastfn/fastfn/go/internal/wire"
)

// connection is that of one gateway.
type connection struct {
	server *server
	socket *socket
	frames *wire.FrameReader
	out    *writer
	// watch sees to it that no handler holds up others for long.
	watch watch
	// greeted: HELLO came.
	greeted bool

	lock  sync.Mutex
	calls map[uint32]*call
	// inputs are the calls whose body is still coming.
	inputs map[uint32]*call
	// ready are those of the burst that is being read.
	ready []*call
	// running is the last burst.
	running atomic.Pointer[burst]
	// apart counts the bursts that shall not share a goroutine.
	apart atomic.Int32
	// lastApart is how many there were last time, halved by each burst since that was not held up.
	lastApart atomic.Int32
}

func newConnection(server *server, from *socket) *connection {
	c := &connection{
		server: server,
		socket: from,
		frames: wire.NewFrameReader(from, server.limit),
		out:    newWriter(from),
		calls:  map[uint32]*call{},
		inputs: map[uint32]*call{},
	}
	c.watch = newWatch(c.look)
	return c
}

// serve greets, and reads until the gateway is gone or at fault.
func (c *connection) serve() {
	c.out.send(wire.Frame(wire.Hello, int64(wire.Version), map[string]any{
		"role": "worker", "runtime": "go", "pid": int64(os.Getpid()),
	}))
	c.socket.setDeadline(time.Now().Add(wire.HandshakeWait))
	c.read()
}

// read takes frames and runs the bursts in them, on one goroutine at a time: when a handler takes long, another one reads on
// and this one ends with its burst.
func (c *connection) read() {
	for {
		err := c.next()
		if len(c.ready) > 0 && (err != nil || len(c.ready) == maxBurst || !c.frames.Buffered()) {
			calls := c.ready
			c.ready = nil
			if err != nil {
				// The calls may go on for long after the connection.
				startApart(calls)
			} else if !c.runBurst(calls) {
				return
			}
		}
		if err != nil {
			c.finish(err)
			return
		}
	}
}

// next takes one frame.
func (c *connection) next() error {
	payload, err := c.frames.Next()
	if err != nil {
		return err
	}
	message, err := wire.ReadMessage(payload, wire.ToWorker)
	if err != nil {
		return err
	}
	if c.greeted {
		return c.receive(message)
	}
	if message[0] == int64(wire.FaultFrame) {
		return io.EOF
	}
	if err = wire.CheckGreeting(message); err != nil {
		return err
	}
	c.greeted = true
	c.socket.setDeadline(time.Time{})
	c.server.greeted(c)
	return nil
}

func (c *connection) receive(m []any) error {
	switch m[0].(int64) {
	case wire.Invoke:
		return c.invoke(m)
	case wire.Input:
		c.input(uint32(m[1].(int64)), m[2].([]byte), m[3].(bool))
	case wire.Cancel:
		if call := c.find(uint32(m[1].(int64))); call != nil {
			call.abort()
		}
	case wire.Credit:
		if call := c.find(uint32(m[1].(int64))); call != nil {
			call.acknowledge(int(m[2].(int64)))
		}
	case wire.Ping:
		c.out.sendNow(wire.Frame(wire.Pong, m[1]))
	case wire.Hello:
		return &wire.Fault{Code: wire.UnexpectedMessage, Message: "HELLO came twice."}
	case wire.FaultFrame:
		return io.EOF
	}
	return nil
}

func (c *connection) invoke(m []any) error {
	call := newCall(c, m)
	c.lock.Lock()
	_, taken := c.calls[call.id]
	if !taken {
		c.calls[call.id] = call
	}
	c.lock.Unlock()
	if taken || call.id == 0 {
		return &wire.Fault{Code: wire.MalformedFrame, Message: "The frame is malformed: the id of INVOKE is 0, or in use."}
	}
	if !c.server.callBegan() {
		// Draining: the gateway stopped us, and expects nothing.
		c.forget(call)
		return nil
	}
	if m[14].(int64)&moreBody != 0 {
		c.inputs[call.id] = call
	} else {
		c.ready = append(c.ready, call)
	}
	return nil
}

func (c *connection) input(id uint32, bytes []byte, last bool) {
	call := c.inputs[id]
	if call == nil {
		return
	}
	call.from.Body = append(call.from.Body, bytes...)
	if last {
		delete(c.inputs, id)
		c.ready = append(c.ready, call)
	}
}

func (c *connection) find(id uint32) *call {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.calls[id]
}

func (c *connection) forget(call *call) {
	c.lock.Lock()
	if c.calls[call.id] == call {
		delete(c.calls, call.id)
	}
	c.lock.Unlock()
}

// finish tells a fault, and ends the connection and its calls.
func (c *connection) finish(err error) {
	var fault *wire.Fault
	if !errors.As(err, &fault) && !c.greeted && errors.Is(err, os.ErrDeadlineExceeded) {
		fault = &wire.Fault{Code: wire.HandshakeTimeout, Message: "No HELLO came in time."}
	}
	c.lock.Lock()
	calls := make([]*call, 0, len(c.calls))
	for _, one := range c.calls {
		calls = append(calls, one)
	}
	c.lock.Unlock()
	for _, one := range calls {
		if c.inputs[one.id] == one {
			// It never began.
			c.forget(one)
			c.server.callEnded()
			continue
		}
		one.abort()
	}
	c.server.gone(c)
	if fault != nil {
		c.out.sendNow(wire.Frame(wire.FaultFrame, fault.Code, fault.Message))
		c.closeGently()
	}
	c.watch.close()
	c.out.close()
}

// closeGently ends our half and waits a moment for the other's end: closing at once could destroy what was sent last.
func (c *connection) closeGently() {
	c.out.flushed()
	c.socket.shutdownWrite()
	c.socket.setDeadline(time.Now().Add(wire.CloseWait))
	io.Copy(io.Discard, c.socket)
}
