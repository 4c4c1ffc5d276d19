import { value } from './_missing.js';

export const handler = () => value;
