import { helper } from './_helper.js';

// BREAK-HERE
export const handler = () => ({ handler: 'HANDLER-ONE', helper });
