import { request as httpRequest } from 'node:http';
import { expect } from 'vitest';
import type { Answer, Expectation, RequestSpec } from './case.js';

/**
 * Sends a request and reads the answer whole. With node:http and not fetch: the path goes out exactly as written, and
 * nothing is decompressed or added.
 */
export function call(url: string, { method = 'GET', path, headers = {}, body }: RequestSpec): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        hostname,
        port,
        method,
        path,
        agent: false,
        headers: { ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }), ...headers },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          const received = new Headers();
          for (const [name, value] of Object.entries(response.headersDistinct)) {
            for (const one of value ?? []) received.append(name, one);
          }
          const text = bytes.toString();
          resolve({ status: response.statusCode!, headers: received, bytes, text, json: () => JSON.parse(text) });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Compares an answer with what it must be. @throws AssertionError that shows the answer's own words */
export function checkAnswer(answer: Answer, expectation: Expectation): void {
  const { status = 200, headers = {}, json, jsonPart, text, bytes, hides } = expectation;
  const shown = `answered ${answer.status}: ${answer.text.slice(0, 600)}`;
  expect(answer.status, shown).toBe(status);
  for (const [name, wanted] of Object.entries(headers)) {
    const found = answer.headers.get(name);
    if (Array.isArray(wanted)) expect(answer.headers.getSetCookie(), name).toEqual(wanted);
    else if (wanted instanceof RegExp) expect(found, name).toMatch(wanted);
    else expect(found, name).toBe(wanted);
  }
  if (json !== undefined) expect(answer.json()).toEqual(json);
  if (jsonPart !== undefined) expect(answer.json(), shown).toMatchObject(jsonPart);
  if (text instanceof RegExp) expect(answer.text).toMatch(text);
  else if (text !== undefined) expect(answer.text).toBe(text);
  if (bytes !== undefined) expect(answer.bytes.toString('hex')).toBe(Buffer.from(bytes).toString('hex'));
  if (hides !== undefined) expect(answer.text).not.toContain(hides);
}
