// @ts-expect-error: it does not exist
import { value } from './_missing.ts';

export const handler = () => value;
