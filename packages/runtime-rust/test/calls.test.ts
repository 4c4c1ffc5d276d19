import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, call, type Daemon, invokeMessage, makeDaemon, specFor, startWorker, tree } from './rust-host.js';

let daemon: Daemon & { end(): Promise<void> };
beforeAll(async () => {
  daemon = await makeDaemon();
}, 120_000);
afterAll(() => daemon.end());

async function workerOf(source: string, handler: string | null = null) {
  const { path, root } = tree({ 'handler.rs': source });
  return startWorker(daemon, specFor(daemon, await build(path('handler.rs'), { handler }), root));
}

const id = (n: number, type: number) => (m: { 0: number; 1?: unknown }) => m[0] === type && m[1] === n;

describe('signatures', () => {
  const cases: [source: string, body: string][] = [
    ['pub fn handler() {}', ''],
    ['pub fn handler() -> &\'static str { "s" }', 's'],
    ['pub fn handler(e: Value) -> Value { e["params"]["id"].clone() }', '7'],
    ['pub fn handler(e: &Value) -> Value { e["method"].clone() }', 'GET'],
    ['pub fn handler(e: Event) -> String { e.param("id").unwrap().to_owned() + e.query("q").unwrap() }', '71'],
    ['pub fn handler(e: &Event) -> u64 { e.raw_body().len() as u64 }', '0'],
    ['pub fn handler(_: Value, p: Value) -> Value { p }', '{"id":"7","method":"x"}'],
    ['pub fn handler(_: &Value, p: &Value) -> Value { p["id"].clone() }', '7'],
    ['pub fn handler(_: Event, p: std::collections::HashMap<String, String>) -> String { p["id"].clone() }', '7'],
    // A parameter wins over `id`, never over another key.
    ['pub fn handler(e: Value) -> Value { json!([e["id"], e["method"]]) }', '["7","GET"]'],
    ['pub fn handler(_: Value) -> Result<Value, String> { Ok(json!(true)) }', 'true'],
    ['pub fn handler(_: Value) -> Option<Vec<u8>> { Some(b"b".to_vec()) }', 'b'],
    ['pub fn handler(_: Value) -> Result<Response, Box<dyn std::error::Error>> { Ok(Response::text("t")) }', 't'],
  ];

  it('of all kinds are called', async () => {
    const sources = cases.map(([source], n) => `pub mod m${n} { use super::*; ${source} }`).join('\n');
    // Each needs a binary of its own; they are built together.
    const workers = await Promise.all(
      cases.map((_, n) =>
        workerOf(
          `#![allow(unused_imports)]\nuse fastfn::{Event, Response};\nuse serde_json::{json, Value};\n${sources}\npub use m${n}::handler;\n`,
        ),
      ),
    );
    for (const [n, [source, body]] of cases.entries()) {
      const answer = await call(workers[n]!, { params: ['id', '7', 'method', 'x'], query: ['q', '1'] });
      expect([source, answer.error, answer.text]).toEqual([source, null, body]);
    }
  }, 120_000);
});

describe('a call', () => {
  const HANDLER = `
use fastfn::{Error, Event, Response};
use serde_json::{json, Value};
use std::time::Duration;

fn inner(event: &Event) -> Result<Value, Error> {
    let n: i32 = event.query("n").unwrap().parse()?; // PARSE
    Ok(json!(n))
}

struct Loud;
impl Drop for Loud { fn drop(&mut self) { eprintln!("dropped"); } }

pub fn handler(event: Event) -> Result<Response, Error> {
    Ok(match event.query("mode").unwrap() {
        "error" => Response::from(inner(&event)?),
        "explicit" => return Err(Error::new("no such thing")), // EXPLICIT
        "index" => { let list: Vec<u8> = vec![]; Response::from(vec![list[event.raw_body().len()]]) } // INDEX
        "made" => Response::new(201).header("x-a", 1).cookie("a=1").cookie("b=2").header("Content-Type", "text/x").body("made"),
        "json" => Response::json("text"),
        "redirect" => Response::redirect("/there"),
        "proxy" => Response::proxy(json!({"url": "http://x/", "headers": {"a": ["1", "2"]}, "body": {"n": 1}, "timeout_ms": 5})),
        "badproxy" => Response::proxy(json!({"url": 5})),
        "cancel" => { println!("waiting"); let whole = fastfn::sleep(Duration::from_secs(60)); Response::from(format!("{} {}", whole, fastfn::cancelled())) }
        "left" => Response::from(fastfn::time_left().as_millis() as u64),
        "token" => {
            let token = fastfn::cancel_token();
            println!("waiting");
            std::thread::spawn(move || token.sleep(Duration::from_secs(60))).join().map(|whole| Response::from(whole)).unwrap()
        }
        "ticks" => { let loud = Loud; Response::stream((0..).map(move |n| { let _ = &loud; format!("{n} {}", "x".repeat(4000)) })) }
        "breaks" => Response::stream((0..3).map(|n| if n == 2 { panic!("third") } else { "x" })), // BREAKS
        "empty" => Response::stream(vec!["", "a", ""]),
        "large" => Response::stream(vec![vec![1u8; 200_000]]),
        "thread" => { std::thread::spawn(|| println!("of a thread")).join().unwrap(); Response::from("ok") }
        "panic-thread" => { let _ = std::thread::Builder::new().name("mine".into()).spawn(|| panic!("in a thread")).unwrap().join(); Response::from("ok") }
        "child" => { std::process::Command::new("echo").arg("of a child").status().unwrap(); Response::from("ok") }
        "raw" => { use std::io::Write; write!(std::io::stdout(), "no line end").unwrap(); dbg!(1 + 1); Response::from("ok") }
        "flood" => { for _ in 0..20_000 { println!("{}", "é".repeat(1000)); } Response::from("ok") }
        "flood-fd" => { use std::io::Write; for _ in 0..20_000 { std::io::stdout().write_all("é".repeat(1000).as_bytes()).unwrap(); } Response::from("ok") }
        "exit" => { println!("last words"); std::process::exit(3) }
        "abort" => { use std::io::Write; std::io::stderr().write_all(b"before the end").unwrap(); std::process::abort() }
        "body" => Response::from(event.raw_body()),
        other => panic!("mode {other}"),
    })
}
`;
  const line = (marker: string) => HANDLER.split('\n').findIndex((text) => text.includes(`// ${marker}`)) + 1;
  const worker = () => workerOf(HANDLER);
  const mode = (name: string, ...more: string[]) => ({ query: ['mode', name, ...more] });

  it('that fails tells the line in the user’s file', async () => {
    const one = await worker();
    for (const [name, marker, type, message] of [
      ['error', 'PARSE', 'core::num::error::ParseIntError', 'invalid digit found in string'],
      ['explicit', 'EXPLICIT', 'Error', 'no such thing'],
      ['index', 'INDEX', 'panic', 'index out of bounds: the len is 0 but the index is 0'],
    ] as const) {
      const { error, stderr } = await call(one, mode(name, 'n', 'x'));
      expect(error?.code).toBe('handler_error');
      expect(error?.debug).toMatchObject({
        type,
        message,
        line: line(marker),
        source: expect.stringContaining(marker),
      });
      expect(error?.debug?.file).toMatch(/\/handler\.rs$/);
      expect(stderr).toContain(`handler.rs:${line(marker)}`);
    }
  });

  it('is answered by what it made', async () => {
    const one = await worker();
    expect(await call(one, mode('made'))).toMatchObject({
      status: 201,
      headers: { 'x-a': '1', 'set-cookie': ['a=1', 'b=2'], 'content-type': 'text/x' },
      text: 'made',
    });
    expect((await call(one, mode('json'))).text).toBe('"text"');
    expect(await call(one, mode('redirect'))).toMatchObject({ status: 302, headers: { location: '/there' } });
    expect((await call(one, mode('proxy'))).proxy).toEqual({
      url: 'http://x/',
      timeout_ms: 5,
      headers: { a: ['1', '2'] },
      body: Buffer.from('{"n":1}'),
    });
    expect((await call(one, mode('badproxy'))).error).toMatchObject({ code: 'invalid_response' });
    expect(Number((await call(one, { ...mode('left'), timeoutMs: 5000 })).text)).toBeLessThanOrEqual(5000);
  });

  it('gets a body that came in parts', async () => {
    const one = await worker();
    const [, ...rest] = invokeMessage(900, { ...mode('body'), method: 'POST', body: 'one ', flags: 1 });
    one.send([20, ...rest] as never);
    one.send([21, 900, Buffer.from('two '), false]);
    one.send([21, 900, Buffer.from('three'), true]);
    const head = await one.next(id(900, 40));
    expect(Buffer.from(head[5] as Uint8Array).toString()).toBe('one two three');
  });

  it.each(['cancel', 'token'])('hears that it is cancelled: %s', async (name) => {
    const one = await worker();
    one.send(invokeMessage(901, mode(name)));
    await one.next(id(901, 44));
    one.send([22, 901, 'timeout']);
    const head = await one.next(id(901, 40));
    expect(Buffer.from(head[5] as Uint8Array).toString()).toBe(name === 'cancel' ? 'false true' : 'false');
  });

  it('that streams waits for credit, and is dropped when it is cancelled', async () => {
    const one = await worker();
    one.send(invokeMessage(902, mode('ticks')));
    await one.next(id(902, 40));
    // Everything that may be sent without credit.
    const sent = () => one.seen.filter(id(902, 41)).reduce((sum, m) => sum + (m[2] as Uint8Array).length, 0);
    await one.next(() => sent() > 262_144 - 5000);
    await one.connection.ping(2000);
    expect(sent()).toBeLessThanOrEqual(262_144);
    one.send([22, 902, 'client_closed']);
    expect((await one.next(id(902, 43)))[2]).toBe('canceled');
    expect(one.seen.filter(id(902, 44)).map((m) => m[3])).toEqual(['dropped\n']);
  });

  it('that streams: pieces, an end, a break', async () => {
    const one = await worker();
    expect(await call(one, mode('empty'))).toMatchObject({ text: 'a', error: null });
    expect((await call(one, mode('large'))).body.length).toBe(200_000);
    const broken = await call(one, mode('breaks'));
    expect(broken).toMatchObject({
      status: 200,
      text: 'xx',
      error: { code: 'handler_error', debug: { line: line('BREAKS') } },
    });
  });

  it('owns what it prints by whatever means, while it runs alone', async () => {
    const one = await worker();
    expect((await call(one, mode('thread'))).stdout).toBe('of a thread\n');
    expect((await call(one, mode('panic-thread'))).stderr).toMatch(
      /^thread 'mine' panicked at .*handler\.rs:\d+: in a thread\n$/,
    );
    expect((await call(one, mode('child'))).stdout).toBe('of a child\n');
    const raw = await call(one, mode('raw'));
    expect(raw.stdout).toBe('no line end');
    expect(raw.stderr).toMatch(/handler\.rs:\d+\] 1 \+ 1 = 2\n$/);
  });

  it.each(['flood', 'flood-fd'])('that prints without end is bounded and counted: %s', async (name) => {
    const one = await worker();
    const answer = await call(one, mode(name));
    expect(Buffer.byteLength(answer.stdout)).toBeLessThan(65_536 + 100);
    expect(answer.stdout).toMatch(/… \d{8} more bytes dropped\n$/);
    expect(answer.stdout).not.toContain('\ufffd');
    for (const m of one.seen) if (m[0] === 44) expect(Buffer.byteLength(m[3])).toBeLessThanOrEqual(8192);
  });

  it('that ends the process leaves its last words', async () => {
    const one = await worker();
    one.send(invokeMessage(903, mode('exit')));
    expect(await daemon.next((m) => m[0] === 14 && m[1] === one.name)).toEqual([14, one.name, 3, null]);
    expect(one.seen.filter((m) => m[0] === 44).map((m) => m[3])).toEqual(['last words\n']);
    const two = await worker();
    two.send(invokeMessage(904, mode('abort')));
    expect(await daemon.next((m) => m[0] === 14 && m[1] === two.name)).toEqual([14, two.name, null, 'SIGABRT']);
    const told = [
      ...daemon.seen.filter((m) => m[0] === 15 && m[1] === two.name),
      ...two.seen.filter((m) => m[0] === 44),
    ];
    expect(told.map((m) => m[3]).join('')).toContain('before the end');
  });

  it('whose id is in use ends the connection', async () => {
    const one = await worker();
    one.send(invokeMessage(905, mode('cancel')));
    one.send(invokeMessage(905, mode('cancel')));
    expect((await one.closed)?.message).toMatch(/905/);
  });
});
