import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runtime } from '@fastfn/core';
import { eventually } from '@fastfn/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInstalled, LANGUAGES, type LanguageId, PATIENCE_MS } from './languages.js';
import { type OpenWalk, openWalk, type Walk } from './walk.js';

interface Sources {
  /** Answers `quick`. */
  readonly quick: string;
  /** Makes a file `.state/<query n>` and answers `met` when there is one called `go`. */
  readonly waits: string;
}

const SOURCES: Record<LanguageId, Sources> = {
  node: {
    quick: "export const handler = () => 'quick';\n",
    waits: `import { existsSync, writeFileSync } from 'node:fs';

export const handler = async (event) => {
  writeFileSync(\`.state/\${event.query.n}\`, '');
  while (!existsSync('.state/go')) await new Promise((resolve) => setTimeout(resolve, 5));
  return 'met';
};
`,
  },
  typescript: {
    quick: "export const handler = (): string => 'quick';\n",
    waits: `import { existsSync, writeFileSync } from 'node:fs';

export const handler = async ({ query }: { query: { n: string } }): Promise<string> => {
  writeFileSync(\`.state/\${query.n}\`, '');
  while (!existsSync('.state/go')) await new Promise((resolve) => setTimeout(resolve, 5));
  return 'met';
};
`,
  },
  python: {
    quick: 'def handler(event):\n    return "quick"\n',
    waits: `import os
import time


def handler(event):
    open(".state/" + event["query"]["n"], "w").close()
    while not os.path.exists(".state/go"):
        time.sleep(0.005)
    return "met"
`,
  },
  php: {
    quick: "<?php\n\nfunction handler($event)\n{\n    return 'quick';\n}\n",
    waits: `<?php

function handler($event)
{
    touch('.state/' . $event['query']['n']);
    while (!file_exists('.state/go')) {
        usleep(5000);
        clearstatcache();
    }
    return 'met';
}
`,
  },
  lua: {
    quick: 'return function(event)\n  return "quick"\nend\n',
    waits: `local fastfn = require("fastfn")

return function(event)
  assert(io.open(".state/" .. event.query.n, "w")):close()
  while not io.open(".state/go") do
    fastfn.sleep(0.005)
  end
  return "met"
end
`,
  },
  rust: {
    quick: 'pub fn handler() -> &\'static str {\n    "quick"\n}\n',
    waits: `use fastfn::{Error, Event};
use std::path::Path;
use std::time::Duration;

pub fn handler(event: Event) -> Result<&'static str, Error> {
    std::fs::write(format!(".state/{}", event.query("n").unwrap_or_default()), "")?;
    while !Path::new(".state/go").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok("met")
}
`,
  },
  go: {
    quick: 'package main\n\nfunc handler() any {\n\treturn "quick"\n}\n',
    waits: `package main

import (
	"os"
	"time"
)

func handler(event map[string]any) (any, error) {
	n := event["query"].(map[string]any)["n"].(string)
	if err := os.WriteFile(".state/"+n, nil, 0o644); err != nil {
		return nil, err
	}
	for {
		if _, err := os.Stat(".state/go"); err == nil {
			return "met", nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}
`,
  },
};

interface Health {
  readonly runtimes: Record<
    Runtime,
    { readonly routing: string; readonly sockets: readonly { readonly up: boolean; readonly pid: number }[] }
  >;
}

const health = async ({ ask }: Walk): Promise<Health> => (await (await ask('/_fn/health')).json()) as Health;

/** A language for each runtime. */
const LANGUAGES_HERE = LANGUAGES.filter(({ id, runtime }) => id !== 'typescript' && isInstalled(runtime));
/** Those whose calls go through daemons. */
const WITH_DAEMONS = LANGUAGES_HERE.filter(({ id }) => id !== 'lua');

describe('H: three daemons for each language', { timeout: PATIENCE_MS }, () => {
  let walk: OpenWalk;

  beforeAll(async () => {
    const handlers = LANGUAGES_HERE.flatMap(({ id, extension }) => [
      [`functions/who/${id}.${extension}`, SOURCES[id].quick],
      [`functions/meet-${id}/handler.${extension}`, SOURCES[id].waits],
    ]);
    walk = await openWalk({
      args: ['run'],
      files: {
        'fastfn.json': {
          'functions-dir': 'functions',
          'runtime-daemons': Object.fromEntries(LANGUAGES_HERE.map(({ runtime }) => [runtime, 3])),
        },
        'functions/fn.config.json': { include_debug_headers: true },
        ...Object.fromEntries(handlers),
      },
    });
    for (const { id } of LANGUAGES_HERE) await walk.sees(`/who/${id}`, 'quick');
  }, PATIENCE_MS);

  afterAll(() => walk?.close());

  it('lua has none, and says so', async () => {
    expect(walk.server.output()).not.toContain('is up again');
    expect(walk.server.output()).toMatch(/runtime-daemons: The number of lua daemons is ignored/);
    expect((await health(walk)).runtimes.lua).toMatchObject({ routing: 'in_process', sockets: [] });
  });

  it.each(LANGUAGES_HERE)('six calls at once are all inside at the same time ($id)', async ({ id }) => {
    const state = join(walk.root, `functions/meet-${id}/.state`);
    const go = join(state, 'go');
    mkdirSync(state);
    writeFileSync(go, '');
    await walk.sees(`/meet-${id}?n=0`, 'met');
    rmSync(go);
    const calls = [1, 2, 3, 4, 5, 6].map(async (n) => (await walk.ask(`/meet-${id}?n=${n}`)).text());
    await eventually(() => readdirSync(state).length === 7, PATIENCE_MS).finally(() => writeFileSync(go, ''));
    expect(await Promise.all(calls)).toEqual(Array(6).fill('met'));
  });

  it.each(WITH_DAEMONS)(
    'they take turns; one that is killed costs nothing that it was not given, and comes back ($id)',
    async ({ id, runtime }) => {
      const { routing, sockets } = (await health(walk)).runtimes[runtime];
      expect({ routing, up: sockets.map(({ up }) => up) }).toEqual({ routing: 'round_robin', up: [true, true, true] });
      const indexOf = ({ headers }: Response) => Number(headers.get('x-fn-runtime-socket-index'));
      const took: number[] = [];
      for (let i = 0; i < 6; i++) took.push(indexOf(await walk.ask(`/who/${id}`)));
      // From whichever is next, one after the other.
      expect(took).toEqual(took.map((_, i) => ((took[0]! - 1 + i) % 3) + 1));

      const victim = sockets[1]!.pid;
      process.kill(victim, 'SIGKILL');
      let sawDown = false;
      const failed: { status: number; by: number }[] = [];
      await eventually(async () => {
        const answer = await walk.ask(`/who/${id}`);
        if (answer.status !== 200) failed.push({ status: answer.status, by: indexOf(answer) });
        const socket = (await health(walk)).runtimes[runtime].sockets[1]!;
        sawDown ||= !socket.up;
        return socket.up && socket.pid !== victim;
      }, PATIENCE_MS);
      // Only what reached it before anybody could know.
      expect(failed).toEqual(failed.map(() => ({ status: 502, by: 2 })));
      expect(sawDown).toBe(true);
      expect(walk.server.output()).toContain(`[${runtime}] daemon 2 is down`);
      expect(walk.server.output()).toContain(`[${runtime}] daemon 2 is up again`);
    },
  );

  it('all killed at once: 503, then recovery', async () => {
    const { runtimes } = await health(walk);
    for (const { runtime } of WITH_DAEMONS) {
      for (const { pid } of runtimes[runtime].sockets) process.kill(pid, 'SIGKILL');
    }
    await Promise.all(
      WITH_DAEMONS.map(async ({ id, runtime }) => {
        const down = expect.objectContaining({ code: 'runtime_unavailable' });
        await walk.sees(`/who/${id}`, down, { status: 503 });
        await eventually(async () => (await walk.ask(`/who/${id}`)).status === 200, PATIENCE_MS);
        await eventually(async () => (await health(walk)).runtimes[runtime].sockets.every(({ up }) => up), PATIENCE_MS);
      }),
    );
  });
});
