export { createMain } from './cli.js';
export { VERSION } from './version.js';
