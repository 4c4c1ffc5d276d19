import { describe, expect, test } from 'vitest';
import { startGateway } from '../../test-support.js';

describe('starting and stopping', () => {
  test('503 until there is a snapshot, health included', async () => {
    const app = await startGateway({ snapshot: null });
    const answer = await app.fetch('/x');
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json()).toMatchObject({ code: 'starting' });
    expect((await app.fetch('/_fn/ready')).status).toBe(503);
    expect((await app.fetch('/_fn/live')).status).toBe(200);
  });
});
