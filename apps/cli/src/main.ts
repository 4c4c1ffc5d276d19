import { createMain } from './cli.js';

process.exitCode = await createMain(process.argv.slice(2));
