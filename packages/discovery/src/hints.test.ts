import { describe, expect, it } from 'vitest';
import { parseHints } from './hints.js';

it.each(['//', '#', '--', ' *', '/**', '///', '//!'])('reads hints behind %s', (mark) => {
  const head = [
    `${mark} @summary Says hello`,
    `${mark} @description To everyone who asks.`,
    `${mark} @tags greeting, demo ,`,
    `${mark} @methods GET, POST`,
    `${mark} @query {"name": "World", "n": 2}`,
    `${mark} @body {"a": [1]}`,
    `${mark} @content_type application/json`,
    `${mark} @deprecated`,
  ].join('\n');
  expect(parseHints(head, 'node')).toEqual({
    docs: {
      summary: 'Says hello',
      description: 'To everyone who asks.',
      tags: ['greeting', 'demo'],
      query: { name: 'World', n: 2 },
      body: { a: [1] },
      contentType: 'application/json',
      deprecated: true,
    },
    problems: [],
  });
});

it('takes a body that is no JSON as text', () => {
  expect(parseHints('# @body a=1&b=2', 'python').docs.body).toBe('a=1&b=2');
});

it('tells a query that is no JSON object, by line', () => {
  const { docs, problems } = parseHints('\n// @query name=World\n// @query [1]\n', 'node');
  expect(docs).toEqual({});
  expect(problems.map(({ line }) => line)).toEqual([2, 3]);
});

it('looks at 80 lines', () => {
  const at = (line: number) => `${'\n'.repeat(line - 1)}// @summary here`;
  expect(parseHints(at(80), 'node').docs.summary).toBe('here');
  expect(parseHints(at(81), 'node').docs).toEqual({});
});

it.each([
  "const mail = 'a@summary.com';",
  '@app.route("/summary")',
  '// see @summaryline',
  'x = 1  # @summary behind code',
  '// @summary   ',
])('leaves %j alone', (head) => {
  expect(parseHints(head, 'node').docs).toEqual({});
});

describe('docstrings', () => {
  it.each([
    ['"""Says hello."""\n', 'Says hello.'],
    ["# comment\n\n'''Says hello.\n\nMore.\n'''", 'Says hello.'],
    ['"""\n  Says hello.\n"""', 'Says hello.'],
    ['import x\n"""not a docstring"""', undefined],
  ])('python: %j', (head, summary) => {
    expect(parseHints(head, 'python').docs.summary).toBe(summary);
  });

  it.each([
    ['/** Says hello. */\n', 'Says hello.'],
    ['#!/usr/bin/env node\n/**\n * Says hello.\n * More.\n */', 'Says hello.'],
    ['<?php\n/** Says hello. */', 'Says hello.'],
    ['/** @param x */', undefined],
    ['/**\n * Copyright someone\n */', undefined],
    ['const a = 1;\n/** Not at the top. */', undefined],
  ])('doc comment: %j', (head, summary) => {
    expect(parseHints(head, 'node').docs.summary).toBe(summary);
  });

  it('yield to a hint', () => {
    expect(parseHints('"""Docstring."""\n# @summary Hint', 'python').docs.summary).toBe('Hint');
  });
});
