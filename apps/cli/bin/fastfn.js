#!/usr/bin/env node
import { existsSync } from 'node:fs';

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`FastFN needs Node 20 or newer; this is ${process.version}.`);
  process.exit(1);
}
const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('FastFN is not built yet. In a clone of the repository run: npm start');
  process.exit(1);
}
await import(main);
