import type { ReadyInfo } from '@fastfn/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, type Daemon, makeDaemon, specFor, startWorker, tree } from './python-host.js';

let daemon: Daemon & { end(): Promise<void> };
beforeAll(async () => {
  daemon = await makeDaemon();
});
afterAll(() => daemon.end());

const HANDLER = `
import os, socket, sqlite3, subprocess

def link(path):
    os.symlink(path, "trap")
    open("trap").read()

ACTIONS = {
    "read": lambda path: open(path).read(),
    "os": lambda path: os.open(path, os.O_RDONLY),
    "write": lambda path: open(path, "w").close(),
    "list": lambda path: os.listdir(path),
    "remove": lambda path: os.remove(path),
    "link": link,
    "sqlite": lambda path: sqlite3.connect(path),
    "spawn": lambda path: subprocess.run(["/bin/echo"]),
    "system": lambda path: os.system("true"),
    "fork": lambda path: os.fork() or os._exit(0),
    "kill": lambda path: os.kill(os.getppid(), 0),
    "connect": lambda path: socket.socket(socket.AF_UNIX).connect(path),
}

def handler(event, do, path):
    try:
        ACTIONS[do](path)
        return "done"
    except PermissionError:
        return "refused"
`;

// Without a seccomp filter there is no level `kernel`: what is left are Python's audit hooks.
it('refuses by itself where the kernel cannot, and says so', async () => {
  const { path } = tree({
    'own/handler.py': HANDLER,
    'own/mine.txt': 'mine',
    'own/fn.env.json': '{}',
    'other/data.txt': 'theirs',
  });
  const sandbox = {
    strict: true,
    read: [],
    list: [],
    write: [path('own')],
    hide: [path('own/fn.env.json')],
    unhidden: null,
    empty: '',
    unix: false,
    filter: [],
  };
  const worker = await startWorker(daemon, specFor(daemon, path('own/handler.py'), { sandbox }));
  const [, info] = await worker.next((message) => message[0] === 30);
  expect((info as ReadyInfo).sandbox).toMatchObject({ level: 'runtime', missing: [expect.stringMatching(/seccomp/)] });
  const attempt = async (action: string, where = ''): Promise<string> =>
    (await call(worker, { params: ['do', action, 'path', where] })).text;

  for (const action of ['read', 'os', 'write', 'remove', 'link', 'sqlite'])
    expect([action, await attempt(action, path('other/data.txt'))]).toEqual([action, 'refused']);
  expect(await attempt('list', path('other'))).toBe('refused');
  expect(await attempt('read', path('own/fn.env.json'))).toBe('refused');
  for (const action of ['spawn', 'system', 'fork', 'kill', 'connect'])
    expect([action, await attempt(action, '/run/none.sock')]).toEqual([action, 'refused']);
  for (const action of ['read', 'os', 'write', 'sqlite'])
    expect([action, await attempt(action, path('own/mine.txt'))]).toEqual([action, 'done']);
});
