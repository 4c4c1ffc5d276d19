import { describe, expect, test } from 'vitest';
import { guardedLookup, PrivateAddressError, type Resolve } from './client.js';

/** A name server that answers each question with the next list. */
function answering(...lists: readonly string[][]): Resolve {
  let asked = 0;
  return (_hostname, _options, callback) => {
    const list = lists[Math.min(asked++, lists.length - 1)]!;
    callback(
      null,
      list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

function lookUp(resolve: Resolve, all: boolean): Promise<unknown> {
  const lookup = guardedLookup(resolve);
  return new Promise((done, fail) =>
    lookup('name.example', { all }, (error, address) => (error ? fail(error) : done(address))),
  );
}

describe('what a name resolves to is checked where it is connected to', () => {
  test.each([
    [['93.184.216.34'], true],
    [['93.184.216.34', '2606:4700::1111'], true],
    [['127.0.0.1'], false],
    [['10.1.2.3'], false],
    [['169.254.169.254'], false],
    [['::1'], false],
    [['::ffff:192.168.0.1'], false],
    [['fd00::7'], false],
    [['93.184.216.34', '127.0.0.1'], false],
    [['2606:4700::1111', '::1'], false],
    [[], false],
  ])('%j: %s', async (addresses, allowed) => {
    for (const all of [true, false]) {
      const answer = lookUp(answering(addresses), all);
      if (allowed) expect(await answer).toBeTruthy();
      else await expect(answer).rejects.toThrow(PrivateAddressError);
    }
  });

  test('a name that turns to a private address after a first, harmless answer', async () => {
    const rebinding = answering(['93.184.216.34'], ['127.0.0.1']);
    expect(await lookUp(rebinding, false)).toBe('93.184.216.34');
    await expect(lookUp(rebinding, false)).rejects.toThrow(PrivateAddressError);
  });

  test('a name that does not resolve', async () => {
    const failing: Resolve = (_h, _o, callback) => callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    await expect(lookUp(failing, true)).rejects.toThrow('no');
  });
});
