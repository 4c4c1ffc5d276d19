import { name } from 'tiny';

export const handler = () => ({ pack: name });
