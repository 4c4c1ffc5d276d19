import { lstatSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { FastFnError } from '@fastfn/core';
import { answerJson } from '../../respond/answer.js';
import type { Endpoint } from '../endpoint.js';
import { Fields, invalidFields } from '../fields.js';
import { readJson } from '../request-body.js';
import { writeAtomically } from './atomic-write.js';
import { containedFile } from './contained.js';
import { listFiles } from './files.js';
import { containedFunction, projectFormats, queryOf, reloaded } from './query.js';

const MAX_CONTENT = 1_048_576;
const MAX_PATH = 512;

/** Files of a function's folder. */
export const functionFiles: Endpoint = {
  methods: ['GET'],
  access: 'guarded',
  serve(exchange) {
    projectFormats(exchange);
    answerJson(exchange, 200, { files: listFiles(containedFunction(exchange)) });
  },
};

/** One file of a function's folder. SPEC §16. */
export const functionFileContent: Endpoint = {
  methods: ['GET', 'PUT', 'DELETE'],
  access: 'guarded',
  writes: ['PUT', 'DELETE'],
  async serve(exchange) {
    projectFormats(exchange);
    const asked = queryOf(exchange).get('path') ?? '';
    if (exchange.method === 'PUT') {
      const fields = new Fields(await readJson(exchange));
      const path = fields.text('path', MAX_PATH) ?? asked;
      const content = fields.requiredText('content', MAX_CONTENT);
      if (path === '') fields.wrong('path', 'is missing');
      fields.check();
      const fn = containedFunction(exchange);
      const file = containedFile(fn.folder, path);
      refuseUnlessFile(file, path, true);
      writeAtomically(file, content);
      await reloaded(exchange, fn);
      answerJson(exchange, 200, { path, content });
      return;
    }
    if (asked === '') throw invalidFields([{ key: 'path', message: '"path" is missing.' }]);
    const fn = containedFunction(exchange);
    const file = containedFile(fn.folder, asked);
    refuseUnlessFile(file, asked, false);
    if (exchange.method === 'GET') {
      answerJson(exchange, 200, { path: asked, ...contentOf(file) });
      return;
    }
    if (realpathSync(file) === realpathSync(fn.entry)) {
      throw new FastFnError(
        'bad_request',
        'The handler cannot be deleted as a file; DELETE /_fn/function removes the function.',
      );
    }
    rmSync(file);
    await reloaded(exchange, fn);
    answerJson(exchange, 200, { ok: true });
  },
};

/** Only regular files are touched; a link is neither followed nor replaced. */
function refuseUnlessFile(file: string, path: string, mayBeNew: boolean): void {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) {
    if (mayBeNew) return;
    throw new FastFnError('not_found', `There is no file "${path}" in the folder of the function.`);
  }
  if (!stat.isFile()) throw new FastFnError('bad_request', `"${path}" is no regular file.`);
  if (!mayBeNew && stat.size > MAX_CONTENT) {
    throw new FastFnError('payload_too_large', `"${path}" is larger than ${MAX_CONTENT} bytes.`);
  }
}

function contentOf(file: string): object {
  const bytes = readFileSync(file);
  try {
    return { content: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { content_base64: bytes.toString('base64'), is_base64: true };
  }
}
