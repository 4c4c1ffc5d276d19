import { expect, it } from 'vitest';
import { runCli } from '../support/cli.js';
import { inEveryLanguage, isInstalled, LANGUAGES, type Language, type LanguageId, PATIENCE_MS } from './languages.js';
import { TREE_SOURCES } from './tree-sources.js';
import { startWalk } from './walk.js';

interface Sources {
  /** A module with this text in it. */
  module(text: string): string;
  /** A handler that answers `{<key>: <text>}` with the text of the module called so, which lies beside it. */
  using(module: string, key: string): string;
  /** Answers `{"healthy": true}`. */
  readonly healthy: string;
}

const SOURCES: Record<LanguageId, Sources> = {
  node: {
    module: (text) => `export const text = '${text}';\n`,
    using: (module, key) =>
      `import { text } from './${module}.js';\n\nexport const handler = () => ({ ${key}: text });\n`,
    healthy: 'export const handler = () => ({ healthy: true });\n',
  },
  typescript: {
    module: (text) => `export const text: string = '${text}';\n`,
    using: (module, key) =>
      `import { text } from './${module}.ts';\n\nexport const handler = (): object => ({ ${key}: text });\n`,
    healthy: 'export const handler = (): object => ({ healthy: true });\n',
  },
  python: {
    module: (text) => `TEXT = "${text}"\n`,
    using: (module, key) => `from ${module} import TEXT\n\n\ndef handler(event):\n    return {"${key}": TEXT}\n`,
    healthy: 'def handler(event):\n    return {"healthy": True}\n',
  },
  php: {
    module: (text) => `<?php\n\nconst TEXT = '${text}';\n`,
    using: (module, key) =>
      `<?php\n\nrequire_once '${module}.php';\n\nfunction handler($event)\n{\n    return ['${key}' => TEXT];\n}\n`,
    healthy: "<?php\n\nfunction handler($event)\n{\n    return ['healthy' => true];\n}\n",
  },
  lua: {
    module: (text) => `return { text = "${text}" }\n`,
    using: (module, key) =>
      `local beside = require("${module}")\n\nreturn function(event)\n  return { ${key} = beside.text }\nend\n`,
    healthy: 'return function(event)\n  return { healthy = true }\nend\n',
  },
  rust: {
    module: (text) => `pub const TEXT: &str = "${text}";\n`,
    using: (module, key) =>
      `mod ${module};\n\nuse serde_json::{json, Value};\n\npub fn handler() -> Value {\n    json!({ "${key}": self::${module}::TEXT })\n}\n`,
    healthy: 'use serde_json::{json, Value};\n\npub fn handler() -> Value {\n    json!({ "healthy": true })\n}\n',
  },
  go: {
    module: (text) => `package main\n\nconst text = "${text}"\n`,
    using: (_module, key) => `package main\n\nfunc handler() any {\n\treturn map[string]any{"${key}": text}\n}\n`,
    healthy: 'package main\n\nfunc handler() any {\n\treturn map[string]any{"healthy": true}\n}\n',
  },
};

inEveryLanguage(({ id, extension }) => {
  it('C: a folder with an entry is one function; below it, only files that say so are routes', async () => {
    const { module, using, healthy } = SOURCES[id];
    const files = {
      [`functions/shop/core.${extension}`]: module('the shop'),
      [`functions/shop/handler.${extension}`]: using('core', 'name'),
      [`functions/shop/admin/helpers.${extension}`]: module('admin'),
      [`functions/shop/admin/index.${extension}`]: using('helpers', 'area'),
      [`functions/shop/admin/get.health.${extension}`]: healthy,
    };
    const { root, ask, sees } = await startWalk({ files });
    const { stdout } = await runCli(['routes'], root);
    const paths = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[1]);
    expect(paths, stdout).toEqual(['/shop', '/shop/admin', '/shop/admin/health']);

    await sees('/shop', { name: 'the shop' });
    await sees('/shop/admin', { area: 'admin' });
    await sees('/shop/admin/health', { healthy: true });
    for (const path of ['/shop/core', '/shop/handler', '/shop/admin/helpers', '/shop/admin/index']) {
      expect((await ask(path)).status, path).toBe(404);
    }
  });
});

/** Runtimes in the order in which one of them wins a folder with entries of several. SPEC §2.2. */
const ORDER = ['go', 'lua', 'node', 'php', 'python', 'rust'] as const;

it('C: of entries in several languages one wins, and the log says why', { timeout: PATIENCE_MS }, async () => {
  const languages = ORDER.filter(isInstalled).map((runtime) => LANGUAGES.find((one) => one.runtime === runtime)!);
  const neighbours = languages.slice(1).map((loser, i): [Language, Language] => [languages[i]!, loser]);
  const byId = (id: LanguageId) => languages.filter((one) => one.id === id);
  const pairs = [
    ...neighbours,
    ...byId('node').flatMap((node) => byId('python').map((python) => [node, python] as const)),
  ];

  const files: Record<string, string> = {};
  for (const [i, pair] of pairs.entries()) {
    for (const { id, extension } of pair) {
      files[`functions/poly-${i}/handler.${extension}`] = TREE_SOURCES[id].number(
        'by',
        languages.findIndex((one) => one.id === id),
      );
    }
  }
  const { root, server, sees } = await startWalk({ files });
  const { stdout } = await runCli(['routes'], root);
  for (const [i, [winner, loser]] of pairs.entries()) {
    const file = `poly-${i}/handler.${loser.extension}`;
    const why = `It is ignored: the folder is one function, and ${winner.runtime} ("handler.${winner.extension}") comes before ${loser.runtime}.`;
    expect(stdout).toContain(`  ! ${file}  ${why}`);
    expect(server.output()).toContain(`[Discovery] ${file}: ${why}`);
    await sees(`/poly-${i}`, { by: languages.indexOf(winner) });
  }
});
