package worker

import (
	"context"
	"strings"

	"github.com/fastfn/fastfn/go/internal/output"
	"github.com/fastfn/fastfn/go/internal/reply"
	"github.com/fastfn/fastfn/go/internal/wire"
)

// stream sends a body as it comes. A panic of the handler's iterator passes through, to run.
func (c *call) stream(ctx context.Context, answer *reply.Reply) {
	headSent := false
	if isEventStream(answer.Headers) {
		// Its client waits for the head, not for the first event.
		headSent = c.conn.out.send(c.headFrame(answer, false, nil))
	}
	var problem *reply.Invalid
	err := answer.Stream.Each(ctx, func(piece any) bool {
		var data []byte
		var isText bool
		if data, isText, problem = reply.PieceBytes(piece); problem != nil {
			return false
		}
		if !headSent {
			if !answer.Stream.Typed {
				answer.Headers = append(answer.Headers, "content-type", reply.PieceType(data, isText))
			}
			first := data
			if len(first) > wire.MaxChunk {
				first = first[:wire.MaxChunk]
			}
			c.conn.out.send(c.headFrame(answer, false, first))
			headSent = true
			data = data[len(first):]
		}
		for len(data) > 0 {
			size := c.takeCredit(len(data))
			if size == 0 {
				return false
			}
			c.conn.out.send(c.chunkFrame(data[:size]))
			data = data[size:]
		}
		return !c.isCanceled()
	})
	switch {
	case c.isCanceled():
		c.end(c.errorFrame("canceled", "The call was canceled.", nil))
	case problem != nil:
		c.refuse(problem)
	case err != nil:
		c.fail(returned(err))
	case !headSent:
		c.end(c.headFrame(answer, true, nil))
	default:
		c.end(wire.Frame(wire.End, int64(c.id)))
	}
}

// discard ends a stream that nobody wants, so that its file is closed and its iterator returns.
func (c *call) discard(stream *reply.Stream) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := stream.Each(ctx, func(any) bool { return false }); err != nil {
		c.conn.server.output.Print(output.Stderr, []byte(err.Error()+"\n"))
	}
}

func isEventStream(headers []string) bool {
	for i := 0; i+1 < len(headers); i += 2 {
		if strings.EqualFold(headers[i], "content-type") {
			return strings.HasPrefix(strings.ToLower(headers[i+1]), "text/event-stream")
		}
	}
	return false
}
