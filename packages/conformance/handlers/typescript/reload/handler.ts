import { helper } from './_helper.ts';

// BREAK-HERE
export const handler = () => ({ handler: 'HANDLER-ONE', helper });
