import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPhpRuntime } from '../src/index.js';
import { PHP, tree } from './php-host.js';

function script(text: string): string {
  const { path } = tree({ tool: `#!/bin/sh\n${text}\n` });
  chmodSync(path('tool'), 0o755);
  return path('tool');
}

describe('createPhpRuntime', () => {
  it('finds an interpreter and says how to start the daemon on it', async () => {
    const runtime = createPhpRuntime({ bin: PHP, env: { A: 'b' } });
    const status = await runtime.detect();
    expect(status).toMatchObject({ ok: true, version: expect.stringMatching(/^8\.\d+\.\d+$/) });
    const { command, args, env } = runtime.daemonCommand({ socket: '/run/x.sock' });
    expect(command).toBe('/bin/sh');
    expect(args).toContain(status.ok && status.path);
    expect(args.slice(-2)).toEqual(['--socket', '/run/x.sock']);
    expect(args[2]).toMatch(/shim\/fastfn_php\.php$/);
    expect(env).toEqual({ A: 'b' });
    expect(runtime).toMatchObject({ runtime: 'php', defaultConcurrency: 1 });
  });

  it('takes no notice of what php.ini lets PHP say first', async () => {
    const bin = script(`echo "Deprecated: something"; printf '8.3.1|cli|/opt/php|'`);
    expect(await createPhpRuntime({ bin }).detect()).toEqual({ ok: true, path: '/opt/php', version: '8.3.1' });
  });

  it.each([
    ['a path that does not exist', () => '/nowhere/php', /does not exist/],
    ['a name that is not on PATH', () => 'no-such-php', /was not found on PATH/],
    ['an old one', () => script("printf '8.0.30|cli|/usr/bin/php8.0|'"), /is PHP 8\.0\.30; FastFN needs 8\.1 or newer/],
    ['PHP 7', () => script("printf '7.4.33-1+deb|cli|/usr/bin/php7.4|'"), /is PHP 7\.4\.33/],
    ['one for a web server', () => script("printf '8.2.1|cgi-fcgi|/usr/bin/php-cgi|'"), /for "cgi-fcgi"/],
    ['something else', () => script('echo hello'), /does not answer like a PHP/],
    ['one that fails', () => script('exit 3'), /cannot be run/],
  ])('refuses %s, with a hint', async (_, bin, reason) => {
    const status = await createPhpRuntime({ bin: bin() }).detect();
    expect(status).toMatchObject({ ok: false, hint: expect.stringContaining('apt install php-cli') });
    expect(!status.ok && status.reason).toMatch(reason);
  });

  it('says which extensions are missing', async () => {
    const bin = script("printf '8.2.1|cli|/usr/bin/php82|posix tokenizer'");
    expect(await createPhpRuntime({ bin }).detect()).toMatchObject({
      ok: false,
      reason: `${bin} lacks the extensions posix, tokenizer.`,
    });
  });

  it('looks on the PATH it is given', async () => {
    const status = await createPhpRuntime({ env: { PATH: '/nowhere' } }).detect();
    expect(status).toMatchObject({ ok: false, reason: 'php was not found on PATH.' });
  });
});
