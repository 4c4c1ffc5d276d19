import { defineCommand } from 'citty';
import { VERSION } from '../version.js';

export default defineCommand({
  meta: { name: 'version', description: 'Print the version' },
  run() {
    console.log(`FastFN ${VERSION}`);
  },
});
