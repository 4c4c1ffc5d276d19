package main

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/fastfn/fastfn/go/internal/wire"
)

// sendWait is how long a gateway may leave what is sent to it unread before it is cut off.
const sendWait = 5 * time.Second

// control is one connection of a gateway.
type control struct {
	daemon *daemon
	conn   net.Conn
	lock   sync.Mutex
	queue  [][]byte
	queued *sync.Cond
	gone   bool
}

func newControl(d *daemon, conn net.Conn) *control {
	c := &control{daemon: d, conn: conn}
	c.queued = sync.NewCond(&c.lock)
	return c
}

func (c *control) serve() {
	written := make(chan struct{})
	go func() {
		c.write()
		close(written)
	}()
	fault := c.read()
	c.daemon.orphan(c)
	if fault != nil {
		c.send(wire.Frame(wire.FaultFrame, fault.Code, fault.Message))
	}
	c.lock.Lock()
	c.gone = true
	c.queued.Signal()
	c.lock.Unlock()
	<-written
	if fault != nil {
		// Closing at once could destroy what was sent last.
		c.conn.(*net.UnixConn).CloseWrite()
		c.conn.SetReadDeadline(time.Now().Add(wire.CloseWait))
		io.Copy(io.Discard, c.conn)
	}
	c.conn.Close()
}

// read takes messages until the gateway is gone; the fault is nil when it simply went.
func (c *control) read() *wire.Fault {
	c.conn.SetReadDeadline(time.Now().Add(wire.HandshakeWait))
	reader := wire.NewFrameReader(c.conn, c.daemon.limit)
	greeted := false
	for {
		payload, err := reader.Next()
		var message []any
		if err == nil {
			message, err = wire.ReadMessage(payload, wire.ToDaemon)
		}
		if err == nil && message[0] == int64(wire.FaultFrame) {
			return nil
		}
		if err == nil && !greeted {
			if err = wire.CheckGreeting(message); err == nil {
				greeted = true
				c.conn.SetReadDeadline(time.Time{})
				c.hello()
				continue
			}
		}
		if err == nil {
			err = c.receive(message)
		}
		if err != nil {
			var fault *wire.Fault
			if !errors.As(err, &fault) && !greeted && errors.Is(err, os.ErrDeadlineExceeded) {
				fault = &wire.Fault{Code: wire.HandshakeTimeout, Message: "No HELLO came in time."}
			}
			if fault != nil && !greeted {
				// Our HELLO is our first frame, also before a fault.
				c.hello()
			}
			return fault
		}
	}
}

func (c *control) hello() {
	c.send(wire.Frame(wire.Hello, int64(wire.Version), map[string]any{
		"role": "daemon", "runtime": "go", "pid": int64(os.Getpid()), "tool": toolName(), "sandbox": c.daemon.sandbox,
	}))
}

func (c *control) receive(m []any) error {
	switch m[0].(int64) {
	case wire.Start:
		c.daemon.start(c, m[1].(string), m[2].(map[string]any))
	case wire.Stop:
		c.daemon.stop(c, m[1].(string), time.Duration(m[2].(int64))*time.Millisecond)
	case wire.Ping:
		c.send(wire.Frame(wire.Pong, m[1]))
	case wire.Hello:
		return &wire.Fault{Code: wire.UnexpectedMessage, Message: "HELLO came twice."}
	}
	return nil
}

// send queues a frame; it never waits.
func (c *control) send(frame []byte) {
	c.lock.Lock()
	if !c.gone {
		c.queue = append(c.queue, frame)
		c.queued.Signal()
	}
	c.lock.Unlock()
}

func (c *control) isGone() bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.gone
}

// write sends what is queued until the connection is gone. Who does not read for a while is cut off, so the queue is bounded
// by what workers can end and print in that time.
func (c *control) write() {
	for {
		c.lock.Lock()
		for len(c.queue) == 0 && !c.gone {
			c.queued.Wait()
		}
		batch := net.Buffers(c.queue)
		c.queue = nil
		over := c.gone && len(batch) == 0
		c.lock.Unlock()
		if over {
			return
		}
		c.conn.SetWriteDeadline(time.Now().Add(sendWait))
		if _, err := batch.WriteTo(c.conn); err != nil {
			c.lock.Lock()
			c.gone = true
			c.queue = nil
			c.lock.Unlock()
			c.conn.Close()
			return
		}
	}
}
