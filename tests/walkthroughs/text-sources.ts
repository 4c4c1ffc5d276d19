import type { LanguageId } from './languages.js';

/** Handlers that answer with a text, after a while. */
export const TEXT_SOURCES: Record<LanguageId, (text: string, afterMs?: number) => string> = {
  node: (text, ms = 0) =>
    `export const handler = async () => { await new Promise((r) => setTimeout(r, ${ms})); return '${text}'; };\n`,
  typescript: (text, ms = 0) =>
    `export const handler = async (): Promise<string> => { await new Promise((r) => setTimeout(r, ${ms})); return '${text}'; };\n`,
  python: (text, ms = 0) =>
    `import time\n\n\ndef handler(event):\n    time.sleep(${ms / 1000})\n    return "${text}"\n`,
  php: (text, ms = 0) => `<?php\n\nfunction handler($event)\n{\n    usleep(${ms * 1000});\n    return '${text}';\n}\n`,
  lua: (text, ms = 0) =>
    `local fastfn = require("fastfn")\n\nreturn function(event)\n  fastfn.sleep(${ms / 1000})\n  return "${text}"\nend\n`,
  rust: (text, ms = 0) =>
    `use serde_json::Value;\n\npub fn handler(_event: Value) -> &'static str {\n    std::thread::sleep(std::time::Duration::from_millis(${ms}));\n    "${text}"\n}\n`,
  go: (text, ms = 0) =>
    `package main\n\nimport "time"\n\nfunc handler(event map[string]any) any {\n\ttime.Sleep(${ms} * time.Millisecond)\n\treturn "${text}"\n}\n`,
};
