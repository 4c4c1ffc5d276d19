import { describe, expect, it } from 'vitest';
import { checkImage, defaultImage, resourceName } from './names.js';

describe('resourceName', () => {
  it.each([
    ['shop', 'shop'],
    ['@acme/Cart_API', 'cart-api'],
    ['My Project (old)', 'my-project-old'],
    ['2024-report', 'report'],
    ['--x--', 'x'],
    ['Grüße', 'gr-e'],
    ['日本', 'fastfn-app'],
    ['', 'fastfn-app'],
    ['42', 'fastfn-app'],
    ['on', 'on-app'],
    ['Null', 'null-app'],
    ['a: b\nc', 'a-b-c'],
    [`${'a'.repeat(49)}-b`, 'a'.repeat(49)],
  ])('%j → %s', (text, name) => {
    expect(resourceName(text)).toBe(name);
    expect(`${name}-redis`).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
    expect(checkImage(defaultImage(name))).toBe(`${name}:1`);
  });
});

describe('checkImage', () => {
  it.each([
    'app',
    'app:1',
    'app:V1.2_x-y',
    'team/app',
    'registry.example.com/team/app:1.4',
    'localhost:5000/a/b__c:x',
    `ghcr.io/a/b:1@sha256:${'0'.repeat(64)}`,
  ])('takes %s', (image) => expect(checkImage(image)).toBe(image));

  it.each(['', 'App', 'a b', 'app:', ':1', 'a//b', 'app:1:2', '-app', 'app\nUSER root', 'app$(x)', 'a'.repeat(300)])(
    'refuses %j',
    (image) => {
      expect(() => checkImage(image)).toThrow(expect.objectContaining({ name: 'UsageError', code: 'usage' }));
    },
  );
});
