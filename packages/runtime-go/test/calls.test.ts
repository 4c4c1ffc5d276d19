import type { PayloadMessage } from '@fastfn/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answerOf,
  call,
  type Daemon,
  functionOf,
  invokeMessage,
  isTerminal,
  makeDaemon,
  readyRuntime,
  specFor,
  startWorker,
  type Worker,
} from './go-host.js';

const SOURCE = `package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

type page struct {
	Status  int               \`json:"status,omitempty"\`
	Headers map[string]string \`json:"headers,omitempty"\`
	Body    any               \`json:"body"\`
}

func handler(ctx context.Context, event map[string]any) (any, error) {
	query := event["query"].(map[string]any)
	tag, _ := query["tag"].(string)
	switch query["mode"] {
	case "event":
		return event, nil
	case "nested":
		return map[string]any{"event": event}, nil
	case "error":
		return "ignored", fmt.Errorf("outer: %w", errors.New("inner"))
	case "nil-map":
		var m map[string]int
		m["x"] = 1 // NIL-MAP
	case "panic-text":
		panic("just text")
	case "exit-goroutine":
		runtime.Goexit()
	case "panic-elsewhere":
		go func() { panic("elsewhere") }()
		time.Sleep(time.Minute)
	case "fatal":
		fmt.Fprintln(os.Stderr, "fatal here")
		os.Exit(1)
	case "overflow":
		return deeper(1), nil
	case "wait":
		fmt.Println("waiting")
		<-ctx.Done()
		return nil, ctx.Err()
	case "deadline":
		deadline, ok := ctx.Deadline()
		return map[string]any{"ok": ok, "left": time.Until(deadline) > 0}, nil
	case "print":
		fmt.Fprintln(os.Stderr, "err", tag)
		done := make(chan bool)
		go func() {
			fmt.Printf("child %s\\n", tag)
			close(done)
		}()
		<-done
	case "println":
		println("builtin")
		os.Stdout.WriteString("direct\\n")
		command := exec.Command("sh", "-c", "echo process; echo process-err >&2")
		command.Stdout, command.Stderr = os.Stdout, os.Stderr
		command.Run()
	case "flood":
		line := strings.Repeat("ü", 500) + "\\n"
		for i := 0; i < 1000; i++ {
			fmt.Print(line)
			os.Stderr.WriteString(line)
		}
	case "struct":
		return page{Status: 203, Headers: map[string]string{"x-a": "1"}, Body: []int{1}}, nil
	case "plain-struct":
		return struct{ Name string }{"Ada"}, nil
	case "time":
		return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), nil
	case "empty-slice":
		var none []string
		return none, nil
	case "proxy":
		return map[string]any{"proxy": map[string]any{
			"url": "http://example.com", "headers": map[string]string{"a": "b"}, "body": "x", "timeout_ms": 5,
		}}, nil
	case "reader":
		return io.LimitReader(endless{}, 1<<20), nil
	case "bad-piece":
		pieces := make(chan any, 2)
		pieces <- "fine"
		pieces <- 42
		close(pieces)
		return pieces, nil
	case "stream-panic":
		return func(yield func(string) bool) {
			yield("one")
			panic("in the stream")
		}, nil
	}
	return "ok", nil
}

func deeper(n int) int { return deeper(n+1) + 1 }

type endless struct{}

func (endless) Read(to []byte) (int, error) { return len(to), nil }
`;

let daemon: Daemon & { end(): Promise<void> };
let entry = '';
let file = '';

beforeAll(async () => {
  daemon = await makeDaemon();
  const folder = daemon.folder;
  const { writeFileSync } = await import('node:fs');
  file = `${folder}/handler.go`;
  writeFileSync(file, SOURCE);
  const runtime = await readyRuntime();
  entry = (await runtime.prepare!(functionOf(file), { signal: new AbortController().signal, progress() {} })).entry;
}, 300_000);
afterAll(() => daemon?.end());

const start = (): Promise<Worker> =>
  startWorker(daemon, specFor(daemon, entry, { folder: daemon.folder, root: daemon.folder }), { autoCredit: true });

const mode = (name: string, more: readonly string[] = []) => ({ query: ['mode', name, ...more] });

describe('events', () => {
  it('params are merged, win over id alone, and the raw body is no part of the JSON', async () => {
    const worker = await start();
    const answer = await call(worker, {
      ...mode('event'),
      params: ['id', '7', 'method', 'mine', 'name', 'Ada'],
      body: Buffer.from([255, 1]),
    });
    expect(JSON.parse(answer.text)).toMatchObject({
      id: '7',
      method: 'GET',
      name: 'Ada',
      params: { id: '7', method: 'mine', name: 'Ada' },
      body: '/wE=',
      is_base64: true,
      context: { request_id: expect.stringMatching(/^req-/) },
    });
    expect(JSON.parse(answer.text)).not.toHaveProperty('raw_body');
    const nested = JSON.parse((await call(worker, mode('nested'))).text);
    expect(nested.event).not.toHaveProperty('raw_body');
  });

  it('a body in several parts arrives whole', async () => {
    const worker = await start();
    const id = 9001;
    const message = invokeMessage(id, { ...mode('event'), flags: 1, body: 'one ' });
    worker.send(message);
    worker.send([21, id, Buffer.from('two '), false]);
    worker.send([21, id, Buffer.from('three'), true]);
    await worker.next((m) => isTerminal(m) && m[1] === id);
    expect(JSON.parse(answerOf(worker.seen, id).text).body).toBe('one two three');
  });
});

describe('answers', () => {
  it.each([
    ['struct', 203, '[1]', 'application/json'],
    ['plain-struct', 200, '{"Name":"Ada"}', 'application/json'],
    ['time', 200, '"2026-01-02T03:04:05Z"', 'application/json'],
    ['empty-slice', 200, '[]', 'application/json'],
    ['deadline', 200, '{"left":true,"ok":true}', 'application/json'],
  ])('%s', async (name, status, text, type) => {
    const answer = await call(await start(), mode(name));
    expect(answer).toMatchObject({ status, text });
    expect(answer.headers['content-type']).toBe(type);
  });

  it('proxy', async () => {
    const { proxy } = await call(await start(), mode('proxy'));
    expect(proxy).toEqual({ url: 'http://example.com', headers: { a: 'b' }, body: Buffer.from('x'), timeout_ms: 5 });
  });

  it('a reader is read as far as there is credit', async () => {
    const spec = specFor(daemon, entry, { folder: daemon.folder, root: daemon.folder });
    const worker = await startWorker(daemon, spec);
    worker.send(invokeMessage(1, mode('reader')));
    const size = () => answerOf(worker.seen, 1).body.length;
    await worker.next(() => size() >= 262_144);
    expect(size()).toBeLessThan(262_144 + 65_536 + 1);
    expect(worker.seen.some(isTerminal)).toBe(false);
    worker.send([23, 1, 1 << 20]);
    await worker.next(isTerminal);
    expect(size()).toBe(1 << 20);
  });
});

describe('failures', () => {
  it('a returned error is handler_error with its text', async () => {
    const { error, stderr } = await call(await start(), mode('error'));
    expect(error).toMatchObject({
      code: 'handler_error',
      message: '*fmt.wrapError: outer: inner',
      debug: { type: '*fmt.wrapError', message: 'outer: inner' },
    });
    expect(stderr).toContain('outer: inner');
  });

  it('a panic names the user’s line, and the worker goes on', async () => {
    const worker = await start();
    const line = SOURCE.split('\n').findIndex((text) => text.includes('NIL-MAP')) + 1;
    const { error } = await call(worker, mode('nil-map'));
    expect(error).toMatchObject({
      code: 'handler_error',
      debug: { message: 'assignment to entry in nil map', file, line, source: '\t\tm["x"] = 1 // NIL-MAP' },
    });
    expect(error!.debug!.stack).not.toContain('internal/worker');
    expect((await call(worker, mode('panic-text'))).error!.debug).toMatchObject({
      type: 'panic',
      message: 'just text',
    });
    expect((await call(worker, mode('exit-goroutine'))).error!.message).toMatch(/runtime\.Goexit/);
    expect((await call(worker, mode('ok'))).text).toBe('ok');
  });

  it.each([
    ['panic-elsewhere', /panic: elsewhere/],
    ['overflow', /stack overflow|stack exceeds/],
  ])('%s ends the process; its last words reach the log', async (name, says) => {
    const worker = await start();
    worker.send(invokeMessage(1, mode(name)));
    await worker.closed;
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, 2, null]);
    const seen = [...worker.seen, ...daemon.seen];
    const text = seen.flatMap((m) => ((m[0] === 15 && m[1] === worker.name) || m[0] === 44 ? [m[3]] : [])).join('');
    expect(text).toMatch(says);
  });

  it('a stream that gives no bytes, or panics, is broken off', async () => {
    const worker = await start();
    expect((await call(worker, mode('bad-piece'))).error).toMatchObject({ code: 'invalid_response' });
    const broken = await call(worker, mode('stream-panic'));
    expect(broken).toMatchObject({ status: 200, text: 'one', error: { code: 'handler_error' } });
  });
});

describe('cancel', () => {
  it('reaches the handler through its context', async () => {
    const worker = await start();
    worker.send(invokeMessage(1, mode('wait')));
    await worker.next((m) => m[0] === 44 && m[1] === 1);
    worker.send([22, 1, 'client_closed']);
    expect((await worker.next((m) => isTerminal(m) && m[1] === 1)).slice(0, 3)).toEqual([43, 1, 'canceled']);
  });

  it('SIGTERM lets calls finish, then the process ends with 0', async () => {
    const worker = await start();
    worker.send(invokeMessage(1, mode('wait')));
    await worker.next((m) => m[0] === 44 && m[1] === 1);
    daemon.send([13, worker.name, 60_000]);
    worker.send([22, 1, 'shutdown']);
    await worker.next((m) => isTerminal(m) && m[1] === 1);
    expect(await daemon.next((m) => m[0] === 14 && m[1] === worker.name)).toEqual([14, worker.name, 0, null]);
  });
});

describe('calls that come together', () => {
  it('do not wait for one among them that takes long, nor for one that ends its goroutine', async () => {
    const worker = await start();
    const names = [...Array(20).fill('ok'), 'wait', 'exit-goroutine', 'wait', 'panic-text', ...Array(20).fill('ok')];
    names.forEach((name, i) => {
      worker.send(invokeMessage(i + 1, mode(name)));
    });
    await Promise.all(
      names.flatMap((name, i) => (name === 'wait' ? [] : [worker.next((m) => isTerminal(m) && m[1] === i + 1)])),
    );
    names.forEach((name, i) => {
      if (name === 'wait') worker.send([22, i + 1, 'client_closed']);
    });
    for (const id of [21, 23])
      expect((await worker.next((m) => isTerminal(m) && m[1] === id)).slice(0, 3)).toEqual([43, id, 'canceled']);
  });

  it('hold up neither what comes later nor their own cancel, also when they came alone', async () => {
    const worker = await start();
    for (const id of [1, 3, 5]) {
      worker.send(invokeMessage(id, mode('wait')));
      await worker.next((m) => m[0] === 44 && m[1] === id);
      worker.send(invokeMessage(id + 1, mode('ok')));
      expect((await worker.next((m) => isTerminal(m) && m[1] === id + 1))[0]).toBe(40);
      worker.send([22, id, 'client_closed']);
      expect((await worker.next((m) => isTerminal(m) && m[1] === id)).slice(0, 3)).toEqual([43, id, 'canceled']);
    }
  });

  it('what one prints before it ends the process is told', async () => {
    const worker = await start();
    for (let id = 1; id < 20; id++) worker.send(invokeMessage(id, mode('ok')));
    worker.send(invokeMessage(20, mode('fatal')));
    worker.send(invokeMessage(21, mode('ok')));
    await worker.closed;
    expect(worker.seen).toContainEqual([44, 20, 2, 'fatal here\n']);
  });
});

describe('output', () => {
  it('of overlapping calls is told apart, goroutines of theirs included', async () => {
    const worker = await start();
    const tags = ['a', 'b', 'c', 'd', 'e'];
    worker.send(invokeMessage(999, mode('wait')));
    const answers = await Promise.all(tags.map((tag) => call(worker, mode('print', ['tag', tag]))));
    expect(answers.map(({ stdout, stderr }) => stdout + stderr)).toEqual(
      tags.map((tag) => `child ${tag}\nerr ${tag}\n`),
    );
  });

  it('by other means belongs to the only call', async () => {
    const { stdout, stderr } = await call(await start(), mode('println'));
    expect(stdout).toBe('direct\nprocess\n');
    expect(stderr).toBe('builtin\nprocess-err\n');
  });

  it('is bounded, and a flood does not block', async () => {
    const { stdout, stderr, text } = await call(await start(), mode('flood'));
    expect(text).toBe('ok');
    for (const stream of [stdout, stderr]) {
      expect(stream).toMatch(/\n… \d+ more bytes dropped\n$/);
      expect(stream).not.toContain('\uFFFD');
      expect(Buffer.byteLength(stream)).toBeLessThan(65_536 + 64);
    }
  });

  it('of a call that goes on is sent meanwhile', async () => {
    const worker = await start();
    worker.send(invokeMessage(1, mode('wait')));
    const message: PayloadMessage = await worker.next((m) => m[0] === 44);
    expect(message).toEqual([44, 1, 1, 'waiting\n']);
  });
});
