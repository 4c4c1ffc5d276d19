import fastfn from './fastfn.mjs';
import native from './native.mjs';
import nginx from './nginx.mjs';
import node from './node.mjs';
import python from './python.mjs';

/** Every subject, in the order of the report. @type {import('../lib/subject.mjs').Subject[]} */
export const SUBJECTS = [...fastfn, ...node, ...python, ...nginx, ...native];
