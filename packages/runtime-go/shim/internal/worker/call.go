package worker

import (
	"context"
	"sync"
	"time"

	"github.com/fastfn/fastfn/go/internal/event"
	"github.com/fastfn/fastfn/go/internal/output"
	"github.com/fastfn/fastfn/go/internal/reply"
	"github.com/fastfn/fastfn/go/internal/wire"
)

// moreBody is the flag of an INVOKE whose body goes on in INPUT.
const moreBody = 1

// call is one INVOKE from its frame to its terminal one.
type call struct {
	id   uint32
	conn *connection
	from event.Call
	sink *output.Sink

	lock     sync.Mutex
	canceled bool
	cancel   context.CancelFunc
	// credit are the bytes of CHUNK that may still be sent; changed tells of more, or of a cancel.
	credit  int
	changed chan struct{}
}

func newCall(conn *connection, m []any) *call {
	text := func(i int) string { return m[i].(string) }
	timeout := time.Duration(m[11].(float64) * float64(time.Millisecond))
	return &call{
		id:     uint32(m[1].(int64)),
		conn:   conn,
		credit: wire.CreditWindow,
		from: event.Call{
			RequestID: text(2), Method: text(3), Path: text(4), RawPath: text(5),
			Query: m[6].([]any), Params: m[7].([]any), Headers: text(8), ClientIP: text(9),
			TS: m[10].(float64), Deadline: time.Now().Add(timeout),
			Session: m[12].(map[string]any), Context: m[13].(map[string]any),
			Body: m[15].([]byte),
		},
	}
}

// abort says that nobody waits for the answer any more.
func (c *call) abort() {
	c.lock.Lock()
	c.canceled = true
	if c.cancel != nil {
		c.cancel()
	}
	c.wake()
	c.lock.Unlock()
}

func (c *call) acknowledge(bytes int) {
	c.lock.Lock()
	c.credit += bytes
	c.wake()
	c.lock.Unlock()
}

func (c *call) wake() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

func (c *call) isCanceled() bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.canceled
}

// run calls the handler and answers. It never panics, whatever the handler does.
func (c *call) run() {
	server := c.conn.server
	c.sink = server.output.Begin(c.id, c.conn.out.sendNow)
	finished := false
	defer func() {
		if finished {
			return
		}
		// Recovered here, while the panicking frames are still on the stack. Nil: runtime.Goexit.
		if value := recover(); value != nil {
			c.fail(panicked(value, server.program.Sources))
		} else {
			c.fail(exited(server.program.Sources))
		}
	}()
	own := server.events.Make(&c.from)
	ctx := context.Background()
	if server.usesContext {
		ctx = c.newContext()
		defer c.cancel()
	}
	value, err := server.handler(ctx, own)
	if err != nil {
		c.fail(returned(err))
	} else {
		c.answer(ctx, value, own)
	}
	finished = true
}

func (c *call) newContext() context.Context {
	ctx, cancel := context.WithDeadline(context.Background(), c.from.Deadline)
	c.lock.Lock()
	c.cancel = cancel
	if c.canceled {
		cancel()
	}
	c.lock.Unlock()
	return ctx
}

func (c *call) answer(ctx context.Context, value any, own event.Event) {
	answer, err := reply.Of(value, own)
	switch {
	case err != nil:
		c.refuse(err)
	case answer.Proxy != nil:
		c.end(wire.Frame(wire.Proxy, int64(c.id), answer.Proxy))
	case c.isCanceled():
		if answer.Stream != nil {
			c.discard(answer.Stream)
		}
		c.end(c.errorFrame("canceled", "The call was canceled.", nil))
	case answer.Stream != nil:
		if !c.conn.server.usesContext {
			ctx = c.newContext()
			defer c.cancel()
		}
		c.stream(ctx, answer)
	default:
		c.whole(answer)
	}
}

// whole sends a body that is known.
func (c *call) whole(answer *reply.Reply) {
	body := answer.Body
	room := c.conn.server.limit - wire.FrameHeadroom
	if room < 1024 {
		room = 1024
	}
	if len(body) <= room {
		c.end(c.headFrame(answer, true, body))
		return
	}
	c.conn.out.send(c.headFrame(answer, false, body[:room]))
	for rest := body[room:]; len(rest) > 0; {
		size := c.takeCredit(len(rest))
		if size == 0 {
			c.end(c.errorFrame("canceled", "The call was canceled.", nil))
			return
		}
		c.conn.out.send(c.chunkFrame(rest[:size]))
		rest = rest[size:]
	}
	c.end(wire.Frame(wire.End, int64(c.id)))
}

// takeCredit waits until something may be sent and takes as much as there is, a CHUNK at most; 0 when the call is canceled.
func (c *call) takeCredit(wanted int) int {
	if wanted > wire.MaxChunk {
		wanted = wire.MaxChunk
	}
	for {
		c.lock.Lock()
		if c.canceled {
			c.lock.Unlock()
			return 0
		}
		if c.credit > 0 {
			if wanted > c.credit {
				wanted = c.credit
			}
			c.credit -= wanted
			c.lock.Unlock()
			return wanted
		}
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed := c.changed
		c.lock.Unlock()
		<-changed
	}
}

func (c *call) fail(f *failure) {
	server := c.conn.server
	if c.isCanceled() {
		c.end(c.errorFrame("canceled", "The call was canceled.", nil))
		return
	}
	// To the log as well: a client may be told nothing.
	server.output.Print(output.Stderr, []byte(f.stack+"\n"))
	c.end(c.errorFrame("handler_error", f.summary(), f.debug(server.program.Sources)))
}

func (c *call) refuse(err error) {
	c.conn.server.output.Print(output.Stderr, []byte(err.Error()+"\n"))
	c.end(c.errorFrame("invalid_response", err.Error(), nil))
}

func (c *call) errorFrame(code, message string, debug map[string]any) []byte {
	if debug == nil {
		return wire.Frame(wire.Error, int64(c.id), code, message, nil)
	}
	return wire.Frame(wire.Error, int64(c.id), code, message, debug)
}

func (c *call) headFrame(answer *reply.Reply, end bool, body []byte) []byte {
	flags := int64(0)
	if end {
		flags = 1
	}
	size := 64 + len(body)
	for _, item := range answer.Headers {
		size += len(item) + 5
	}
	to, start := wire.BeginFrame(make([]byte, 0, size))
	to = wire.AppendInt(append(to, 0x96, wire.Head), int64(c.id))
	to = wire.AppendInt(to, int64(answer.Status))
	to = wire.AppendArrayHeader(to, len(answer.Headers))
	for _, item := range answer.Headers {
		to = wire.AppendString(to, item)
	}
	to = wire.AppendBinHeader(wire.AppendInt(to, flags), len(body))
	return wire.EndFrame(append(to, body...), start)
}

func (c *call) chunkFrame(piece []byte) []byte {
	to, start := wire.BeginFrame(make([]byte, 0, len(piece)+16))
	to = wire.AppendInt(append(to, 0x93, wire.Chunk), int64(c.id))
	return wire.EndFrame(append(wire.AppendBinHeader(to, len(piece)), piece...), start)
}

// end sends what the handler printed and the terminal frame; the id is free then.
func (c *call) end(terminal []byte) {
	frames := c.conn.server.output.End(c.sink, nil)
	c.conn.forget(c)
	if len(frames) > 0 {
		terminal = append(frames, terminal...)
	}
	c.conn.out.send(terminal)
	c.conn.server.callEnded()
}
