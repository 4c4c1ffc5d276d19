import { expect, test } from 'vitest';
import { evictionPolicy, oldVersion } from './server-info.js';

test.each([
  ['redis_version:7.0.15', null],
  ['redis_version:6.2.0', null],
  ['redis_version:10.0.1', null],
  ['# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1', null],
  ['redis_version:6.0.16\r\nredis_git_sha1:0', '6.0.16'],
  ['redis_version:5.0.7', '5.0.7'],
  ['something else', null],
  [null, null],
])('version of %j: too old is %j', (info, old) => expect(oldVersion(info)).toBe(old));

test.each([
  ['maxmemory:0\r\nmaxmemory_policy:noeviction\r\nallocator:x', null],
  ['maxmemory_policy:allkeys-lru\r\n', 'allkeys-lru'],
  ['maxmemory_policy:volatile-ttl', 'volatile-ttl'],
  ['maxmemory:0', null],
  [null, null],
])('policy of %j: %j', (info, policy) => expect(evictionPolicy(info)).toBe(policy));
