import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const state = (name) => `.state/${name}`;
const note = (name, text) => {
  mkdirSync('.state', { recursive: true });
  writeFileSync(state(name), text);
};

async function* text() {
  yield 'one ';
  await setTimeout(1);
  yield 'two ';
  yield 'three';
}

function* bytes() {
  yield Buffer.from([0, 255, 1]);
  yield Buffer.from([254, 2]);
}

async function* events(tag) {
  yield 'data: 1\n\n';
  while (!existsSync(state(`go-${tag}`))) await setTimeout(5);
  yield 'data: 2\n\n';
}

function* letters() {
  yield 'a';
  yield 'b';
}

function* nothing() {}

async function* fail() {
  yield 'before';
  await setTimeout(20);
  throw new Error('stream-boom');
}

async function* flood(tag) {
  const piece = Buffer.alloc(65_536, 'f');
  try {
    for (let sent = 1; sent <= 1000; sent++) {
      note(`sent-${tag}`, String(sent));
      yield piece;
    }
  } finally {
    note(`closed-${tag}`, '');
  }
}

async function* endless(tag) {
  try {
    for (;;) {
      yield 'tick\n';
      await setTimeout(5);
    }
  } finally {
    note(`closed-${tag}`, '');
  }
}

const modes = {
  text,
  bytes,
  sse: (tag) => ({ headers: { 'content-type': 'text/event-stream' }, body: events(tag) }),
  envelope: () => ({ status: 201, headers: { 'x-stream': 'yes', 'content-type': 'text/x-thing' }, body: letters() }),
  empty: nothing,
  fail,
  flood,
  endless,
};

export const handler = (event) => modes[event.query.mode](event.query.tag);
